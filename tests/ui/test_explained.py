"""Whatever can be chosen on a page shows its formula and its paper where it is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from diffviz.config import Choice, ConfigError, Flag, Parameter, Range
from diffviz.experiments.families import FAMILY_OF
from diffviz.samplers import SAMPLERS
from diffviz.ui import shell
from diffviz.ui.explained import explained, note
from diffviz.ui.form import Form
from diffviz.ui.glossary.formulas import CATALOGUES
from diffviz.ui.shell import View

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
KINDS = {kind.title: kind for catalogue in CATALOGUES.values() for kind in catalogue.values()}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_kind_has_its_formula_and_its_paper_on_it(catalogue: str) -> None:
    for kind in CATALOGUES[catalogue].values():
        assert kind.title and kind.paper and kind.latex
        assert all(part in explained(kind) for part in (kind.title, kind.paper, f" {kind.latex}$"))


class Offered:
    """What every view of every page offers by default. None of them computes: each stops where it would begin to."""

    def __init__(self) -> None:
        self.domains: list[Choice | Flag] = []
        self.boxes: list[tuple[list[str], str, str]] = []  # options, the chosen one, help
        self.several: list[tuple[list[str], str]] = []  # the chosen ones, help
        self.captions: list[str] = []  # help
        self._views: tuple[View, ...] = ()

    def open(self, app: AppTest, page: str) -> None:
        """All views of a page."""
        app.switch_page(f"pages/{page}.py")
        app.run()
        self._read(app)
        for view in self._views[1:]:
            app.query_params["view"] = view.slug
            app.run()
            self._read(app)

    def _read(self, app: AppTest) -> None:
        assert not app.exception
        self.boxes += [(box.options, box.options[box.index or 0], box.help) for box in app.selectbox]
        self.several += [(box.value, box.help) for box in app.multiselect]
        self.captions += [caption.proto.help for caption in app.caption]

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """From now on note what is offered, and compute nothing."""
        widget, show = Form._widget, shell.Page.show

        def noted(form: Form, parameter: Parameter, *rest: Any) -> Any:
            if not isinstance(parameter.domain, Range):
                self.domains.append(parameter.domain)
            return widget(form, parameter, *rest)

        def shown(page: shell.Page, *views: View) -> None:
            self._views = views
            show(page, *views)

        def stop(doing: str, usual: float) -> None:
            if usual > 0.1:
                raise ConfigError("Nothing is computed here.")

        patch.setattr(Form, "_widget", noted)
        patch.setattr(shell.Page, "show", shown)
        patch.setattr("diffviz.ui.cover.say", stop)
        patch.setattr("diffviz.ui.digits.setup.fetched", lambda images, part: False)


@pytest.fixture(scope="module")
def offered() -> Iterator[Offered]:
    shell.engine()
    found = Offered()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    with pytest.MonkeyPatch.context() as patch:
        found.watch(patch)
        for page in PAGES:
            found.open(app, page)
    yield found


def test_what_is_chosen_by_default_shows_its_formula_and_its_paper(offered: Offered) -> None:
    with_formula = [(KINDS[chosen], note) for _, chosen, note in offered.boxes if chosen in KINDS]
    assert len(with_formula) > 30 and all(explained(kind) in note for kind, note in with_formula)
    assert len(offered.several) >= 3
    assert all(explained(SAMPLERS[slug]) in note for chosen, note in offered.several for slug in chosen)


def test_every_option_of_every_page_that_has_a_formula_shows_it_when_it_is_chosen(offered: Offered) -> None:
    options = [
        (domain, *option)
        for domain in offered.domains
        if isinstance(domain, Choice)
        for option in domain.options.items()
    ]
    named = {title for _, _, title in options}
    assert named >= {f"{kind.title} · {FAMILY_OF[slug]}" for slug, kind in SAMPLERS.items()}
    for domain, slug, title in options:
        assert title not in KINDS or explained(KINDS[title]) in (note(domain, slug) or ""), title
        listed = slug not in domain.kinds or any(kind.latex in domain.kinds[slug].latex for kind in KINDS.values())
        assert listed, f"{title} is missing in the glossary"
    switched = {domain.label for domain in offered.domains if isinstance(domain, Flag)} & KINDS.keys()
    assert all(any(explained(KINDS[title]) in note for note in offered.captions) for title in switched)


def test_what_is_shown_follows_the_choice() -> None:
    def script() -> None:
        from diffviz.samplers import SAMPLERS
        from diffviz.ui.form import Form
        from diffviz.ui.state import Choices

        Form(Choices("demo")).pick("Sampler", SAMPLERS, "sampler", "ddpm")

    app = AppTest.from_function(script).run()
    for slug in ("ddpm", "unipc-3", "langevin"):
        app.selectbox("demo.sampler").set_value(slug).run()
        assert app.selectbox("demo.sampler").help == explained(SAMPLERS[slug])


def test_a_choice_keeps_its_own_help_and_what_has_no_formula_has_none() -> None:
    own = Choice({"a": "First", "b": "Second"}, help="Of two.", kinds={"a": SAMPLERS["ddim"]})
    assert note(own, "a") == f"Of two.\n\n{explained(SAMPLERS['ddim'])}"
    assert note(own, "b") == "Of two."
    assert note(Choice({"a": "First"}), "a") is None
