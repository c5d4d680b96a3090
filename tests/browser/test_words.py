"""A term's sentence and a choice's formula in a real browser: shown where they are wanted, and within the window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from diffviz.ui.glossary.formulas import CATALOGUES
from diffviz.ui.terms import glossary

pytestmark = pytest.mark.browser


def within(meaning: Locator, width: int) -> bool:
    """Whether all of a sentence stands in a window of that width."""
    box = meaning.bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [1280, 390])
def test_every_term_of_a_page_shows_its_sentence_when_it_is_pointed_at_or_focused(
    page: Page, app_url: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(app_url)
    terms = page.locator(".term")
    expect(terms.first).to_be_attached(timeout=60_000)
    for term in terms.all():
        meaning = term.get_by_role("tooltip", include_hidden=True)
        expect(meaning).to_be_hidden()
        term.hover(position={"x": 4, "y": 4})
        expect(meaning).to_be_visible()
        assert within(meaning, width)
        page.mouse.move(0, 0)
        expect(meaning).to_be_hidden()
        term.focus()
        expect(meaning).to_be_visible()
        assert term.get_attribute("aria-describedby") == meaning.get_attribute("id")
        term.blur()


def test_a_tap_shows_the_sentence_of_a_term(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    phone = context.new_page()
    phone.goto(app_url)
    term = phone.locator(".term").first
    expect(term).to_be_attached(timeout=60_000)
    term.tap(position={"x": 4, "y": 4})
    expect(term.get_by_role("tooltip")).to_be_visible()
    context.close()


def test_the_glossary_lists_every_term_and_sets_every_formula(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/glossary")
    figure = page.locator(".st-key-figure")
    expect(figure.locator("p > strong:first-child")).to_have_count(sum(map(len, glossary().values())), timeout=60_000)
    assert page.locator(".katex-error").count() == 0
    page.goto(f"{app_url}/glossary?view=formulas")
    kinds = [kind for catalogue in CATALOGUES.values() for kind in catalogue.values()]
    formulas = figure.locator("p > .katex")
    expect(formulas).to_have_count(len(kinds), timeout=60_000)
    assert page.locator(".katex-error, .katex [mathcolor]").count() == 0  # what is unknown to it is set in red
    assert page.locator(".katex-html", has_text="\\").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_help_of_a_choice_shows_the_formula_and_the_paper_of_what_is_chosen(
    page: Page, app_url: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{app_url}/forward?schedule=cosine&particles=100")
    button = page.get_by_role("button", name="Help for Schedule", exact=True)
    button.hover(timeout=60_000)
    tip = page.get_by_role("tooltip")
    expect(tip.locator(".katex")).to_have_count(1, timeout=60_000)
    expect(tip).to_contain_text(CATALOGUES["Schedules"]["cosine"].paper)
    assert within(tip, width)
