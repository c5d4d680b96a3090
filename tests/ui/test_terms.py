"""The glossary is one sentence a term, and the words of a page explain each term once, where it first stands."""

from __future__ import annotations

import re

import pytest

from diffviz.locations import CONTENT
from diffviz.ui.terms import Term, explain_terms, glossary
from diffviz.ui.words import explained_prose, prose

TERMS: dict[str, Term] = {term.slug: term for terms in glossary().values() for term in terms}
WANTED = [
    "score", "marginal", "lambda", "snr", "nfe", "grid", "exponential-integrator", "sliced-wasserstein",
    "averaged-weights", "floor", "elbo",
]  # fmt: skip
PAGES = sorted(path.stem for path in (CONTENT / "en").glob("*.md"))
MARK = re.compile(r'<dfn class="term" tabindex="0" aria-describedby="term-([a-z-]+)">(.*?)<span .*?</span></dfn>')
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)


def test_every_item_of_the_files_is_a_term_and_no_two_share_a_name_or_a_form() -> None:
    items = sum(path.read_text(encoding="utf-8").count("\n- ") for path in (CONTENT / "en" / "glossary").glob("*.md"))
    forms = [form.lower() for term in TERMS.values() for form in term.forms]
    assert items == sum(map(len, glossary().values())) == len(TERMS)
    assert sorted(forms) == sorted(set(forms))
    assert set(WANTED) <= set(TERMS)


@pytest.mark.parametrize("slug", TERMS)
def test_a_term_has_one_sentence(slug: str) -> None:
    sentence = FORMULA.sub("x", TERMS[slug].sentence)
    assert re.fullmatch(r"[A-Zx][^.?!|*<>{}]+\.", sentence)


@pytest.mark.parametrize("view", PAGES)
def test_a_page_explains_a_term_once_and_says_else_what_it_said(view: str) -> None:
    page = view.split("-")[0] if view.split("-")[0] in PAGES else view
    shown = explained_prose(page, view)
    plain = {**prose(view), "": prose(page)[""]}
    marked = [slug for part in shown.values() for slug, _ in MARK.findall(part)]
    assert len(marked) == len(set(marked)) and set(marked) <= set(TERMS)
    assert {heading: MARK.sub(r"\2", part) for heading, part in shown.items()} == plain
    assert FORMULA.findall("".join(MARK.sub(r"\2", part) for part in shown.values())) == FORMULA.findall(
        "".join(plain.values())
    )


@pytest.mark.parametrize("page", ["home", "forward", "train", "race", "digits"])
def test_every_page_explains_terms(page: str) -> None:
    assert sum(part.count("<dfn") for part in explained_prose(page, page).values()) >= 3


def test_a_term_is_found_in_any_of_its_forms_but_never_within_headings_formulas_code_links_or_words() -> None:
    kept = "# The score\n\n$score+\\lambda$, `score`, [the score](score.md), $$\nscore\n$$ and underscores."
    text = f"{kept}\n\n**Scores** differ."
    (shown,) = explain_terms({"": text}).values()
    assert [found[1] for found in MARK.findall(shown)] == ["Scores"]
    assert shown.index("<dfn") == text.index("Scores")


def test_a_longer_term_is_not_taken_for_a_shorter_and_a_later_part_knows_what_an_earlier_explained() -> None:
    shown = explain_terms({"": "The exact score of a step, a score.", "Try": "Scores, $\\lambda$ and grids."})
    assert [[slug for slug, _ in MARK.findall(part)] for part in shown.values()] == [
        ["exact-score", "score"],
        ["lambda", "grid"],
    ]
