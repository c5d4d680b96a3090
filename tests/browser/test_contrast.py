"""Every word on every page stands out from its ground as WCAG's level AA asks, in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = (
    "",
    "score?view=pull",
    "train",
    "likelihood?view=elbo",
    "race?view=quality",
    "digits?view=table",
    "notes",
)
# The words that are seen, with the contrast of their colour, and what they need: 3 where they are large, else 4.5.
# What is disabled is exempt (WCAG 1.4.3), and so are formulas drawn as pictures of themselves for screen readers.
WORDS = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const scale = text.startsWith("color(") ? 255 : 1;
    return [...parts.slice(0, 3).map((v) => v * scale), parts[3] ?? 1];
  };
  const up = (e) => e.parentElement ?? e.getRootNode().host ?? null;
  const over = ([r, g, b, a], under) => [r, g, b].map((v, k) => v * a + under[k] * (1 - a));
  const ground = (e) => {
    const seen = [];
    const foot = e.getBoundingClientRect().bottom;
    for (let at = e; at; at = up(at)) { // but not a slider's thumb, over which its number hangs
      const above = at.closest(".stSlider") && at.getBoundingClientRect().bottom > foot + 4;
      if (!above) seen.push(parse(getComputedStyle(at).backgroundColor));
    }
    return seen.reverse().reduce((under, color) => over(color, under), [255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const look = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.shadowRoot) look(node.shadowRoot);
      const e = node.parentElement;
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      if (!e?.checkVisibility({ visibilityProperty: true })) continue;
      if (e.closest("style, script, option, .katex-mathml, .status, [disabled], [aria-disabled=true]")) continue;
      if (e.closest(".stSlider, .stSelectbox")?.querySelector("[disabled], [aria-disabled=true]")) continue;
      const box = e.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      let opacity = 1;
      for (let at = e; at; at = up(at)) opacity *= Number(getComputedStyle(at).opacity);
      const style = getComputedStyle(e);
      if (!opacity || style.color === "rgba(0, 0, 0, 0)") continue; // not there until the pointer is
      const ink = parse(e instanceof SVGElement ? style.fill : style.color);
      const behind = ground(e);
      const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * opacity], behind)), light(behind)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize);
      const wanted = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const place = e.closest("[data-testid]")?.dataset.testid ?? e.className;
      if (ratio < wanted) found.push(`${node.textContent.trim().slice(0, 40)} (${place}): ${ratio.toFixed(2)}`);
    }
  };
  look(document.body);
  return [...new Set(found)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_has_the_contrast_of_level_aa(browser: Browser, app_url: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(120_000)
    page = context.new_page()
    pale: list[str] = []
    for place in PLACES:
        page.goto(f"{app_url}/{place}")
        expect(page.locator("#opening")).to_have_count(0, timeout=60_000)
        expect(page.locator(".stMain h1")).to_be_visible(timeout=60_000)
        expect(page.locator(".cover-sheet, [data-stale=true]")).to_have_count(0, timeout=60_000)
        page.wait_for_timeout(300)
        pale += [f"{place}: {words}" for words in page.evaluate(WORDS)]
    context.close()
    assert not pale, "\n".join(pale)
