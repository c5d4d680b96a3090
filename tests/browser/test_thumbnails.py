"""Data sets are chosen by their pictures, with the keys of any list."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
WAIT = 60_000
DRESSED = """option => {
  const style = getComputedStyle(option, '::before');
  const box = option.getBoundingClientRect();
  return [style.maskImage, parseFloat(style.width), box.left >= 0 && box.right <= innerWidth];
}"""


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_a_list_of_data_sets_is_a_sheet_of_pictures(page: Page, app_url: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app_url}/train")
    page.locator(".player[data-paints]").first.wait_for(timeout=WAIT)
    box = page.get_by_role("combobox", name="Data", exact=True)
    box.click()
    options = page.get_by_role("option")
    expect(options).to_have_count(15)
    seen = [option.evaluate(DRESSED) for option in options.all()]
    assert len({picture for picture, _, _ in seen}) == 15 and all("svg" in picture for picture, _, _ in seen)
    assert all(width > 40 and inside for _, width, inside in seen)
    assert options.nth(1).bounding_box()["y"] == options.nth(0).bounding_box()["y"]  # type: ignore[index]
    page.keyboard.press("Control+A")
    page.keyboard.type("smi")  # what is left of the list keeps its pictures
    expect(options).to_have_count(1)
    assert options.evaluate(DRESSED) == seen[8]
    page.keyboard.press("Enter")
    page.wait_for_url("**data=smiley*", timeout=WAIT)
    expect(box).to_have_value("Smiley")
    closed = "([box, picture]) => getComputedStyle(box.parentElement, '::before').maskImage === picture"
    page.wait_for_function(closed, arg=[box.element_handle(), seen[8][0]], timeout=WAIT)
