"""Choices and links are one: what a page shows is in its URL, and its URL brings it back."""

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    from dataclasses import dataclass
    from typing import Annotated

    import streamlit as st

    from diffviz.config import Choice, Entry, Flag, Range
    from diffviz.ui.form import Form
    from diffviz.ui.state import Choices

    @dataclass(frozen=True)
    class Settings(Entry):
        title = "Settings"
        steps: Annotated[int, Range(1, 100, label="Steps")] = 10
        rate: Annotated[float, Range(1e-4, 1.0, log=True, label="Rate")] = 0.01
        share: Annotated[float, Range(0.0, 1.0, step=0.05, label="Share")] = 0.5
        turns: Annotated[float, Range(0.0, 4.0, step=0.25, label="Turns")] = 2.25
        kind: Annotated[str, Choice({"a": "First", "b": "Second"}, label="Kind")] = "a"
        final: Annotated[bool, Flag(label="Final")] = False

    choices = Choices("demo")
    config = Form(choices).config(Settings, "s")
    choices.publish()
    st.text(f"{config.steps}|{config.rate}|{config.share}|{config.kind}|{config.final}")
    for complaint in choices.complaints:
        st.info(complaint)


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(script)
    for name, value in link.items():
        app.query_params[f"s.{name}"] = value
    return app.run()


def link(app: AppTest) -> dict[str, str]:
    """The page's URL; a value that the page wrote is text, one that it was opened with a list of one."""
    texts = {name: text if isinstance(text, str) else text[0] for name, text in app.query_params.items()}
    return {name.removeprefix("s."): text for name, text in texts.items()}


def test_a_number_is_written_as_it_is_not_rounded():
    """A step of a quarter needs two decimals, and a value from a link may need more."""
    assert opened().slider(key="demo.s.turns").proto.format == "%.2f"
    assert opened(turns="2.125").slider(key="demo.s.turns").proto.format == "%.3f"
    assert opened().slider(key="demo.s.steps").proto.format == "%d"


def test_defaults_are_left_out():
    app = opened()
    assert app.text[0].value == "10|0.01|0.5|a|False"
    assert link(app) == {}
    assert not app.info


@pytest.mark.parametrize(
    "given",
    [{"steps": "37"}, {"rate": "0.0137"}, {"share": "0.85"}, {"kind": "b"}, {"final": "true"},
     {"steps": "1", "rate": "1.0", "share": "0.0", "kind": "b", "final": "true"}],
)  # fmt: skip
def test_a_link_reopens_the_scene_and_is_written_again(given):
    app = opened(**given)
    assert not app.exception
    assert not app.info
    shown = dict(zip(("steps", "rate", "share", "kind", "final"), app.text[0].value.lower().split("|"), strict=True))
    assert {name: shown[name] for name in given} == given
    assert link(app) == given
    assert opened(**link(app)).text[0].value == app.text[0].value


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"steps": "0"}, "Steps must be between 1 and 100, got 0."),
        ({"rate": "x"}, "Rate must be a number, got 'x'."),
        ({"kind": "c"}, "Kind must be one of a, b, got 'c'."),
        ({"final": "maybe"}, "Final must be true or false, got 'maybe'."),
        ({"stpes": "3"}, "'s.stpes' is not a choice of this page."),
    ],
)
def test_a_bad_link_opens_the_default_with_one_sentence(given, sentence):
    app = opened(**given)
    assert not app.exception
    assert app.text[0].value == "10|0.01|0.5|a|False"
    assert [note.value for note in app.info] == [f"The link could not be read in full: {sentence}"]
    assert link(app) == {}


def test_a_widget_moves_the_link():
    app = opened()
    app.slider("demo.s.steps").set_value(42).run()
    app.toggle("demo.s.final").set_value(True).run()
    assert link(app) == {"steps": "42", "final": "true"}


def test_another_url_leads_again():
    app = opened(steps="42")
    app.query_params["s.steps"] = "7"
    app.run()
    assert app.text[0].value.startswith("7|")


def test_a_url_that_a_newer_choice_overtakes_does_not_lead():
    """Choices in quick succession: the browser sends the third before it has heard of the URL that the second wrote."""
    app = opened(share="0.5")
    app.slider("demo.s.steps").set_value(42).run()
    app.query_params.clear()
    app.slider("demo.s.steps").set_value(43).run()
    assert app.text[0].value.startswith("43|")
    assert [slider.key for slider in app.slider] == ["demo.s.steps", "demo.s.share", "demo.s.turns"]
    assert link(app) == {"steps": "43"}
    app.query_params.clear()  # but alone it leads, as where the visitor goes back
    app.run()
    assert app.text[0].value.startswith("10|")
    assert link(app) == {}


def test_a_callback_gives_a_choice_another_value_and_the_link_follows():
    def clicked() -> None:
        import streamlit as st

        from diffviz.config import Choice
        from diffviz.ui.form import Form
        from diffviz.ui.state import Choices

        choices = Choices("demo")
        form = Form(choices, "s.")
        shown = form.option("kind", "a", Choice({"a": "First", "b": "Second", "c": "Third"}))
        st.button("Third", on_click=lambda: form.set(kind="c"))
        choices.publish()
        st.text(shown)

    app = AppTest.from_function(clicked)
    app.query_params["s.kind"] = "b"
    app.run()
    app.button[0].click().run()
    assert not app.exception and not app.warning
    assert app.text[0].value == "c" and link(app) == {"kind": "c"}
    app.selectbox[0].set_value("a").run()
    assert app.text[0].value == "a" and link(app) == {}
    app.button[0].click().run()
    assert app.text[0].value == "c"


def test_an_answer_that_no_widget_offers_is_told_in_one_sentence():
    def forged() -> None:
        import streamlit as st

        from diffviz.config import Choice, ConfigError
        from diffviz.ui.form import Form
        from diffviz.ui.state import Choices

        choices = Choices("demo")
        try:
            st.text(Form(choices).tabs("view", "a", Choice({"a": "First", "b": "Second"}, "View")))
        except ConfigError as error:
            st.text(str(error))

    app = AppTest.from_function(forged).run()
    assert app.text[0].value == "a"
    app.session_state["demo.view"] = None
    app.run()
    assert not app.exception and app.text[0].value == "View must be one of a, b, got None."
