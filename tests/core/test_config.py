"""Configurations refuse what lies outside their domain, with one sentence, however the value came."""

import ast
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diffviz
from diffviz.config import Choice, Config, ConfigError, Flag, Range, quoted


@dataclass(frozen=True)
class Sample(Config):
    steps: Annotated[int, Range(1, 1000, label="steps")] = 10
    rate: Annotated[float, Range(1e-5, 1.0, log=True, label="rate")] = 0.01
    kind: Annotated[str, Choice({"a": "First", "b": "Second"}, label="kind")] = "a"
    final: Annotated[bool, Flag(label="final")] = False


def test_defaults_pass_and_are_frozen():
    config = Sample()
    assert [p.name for p in Sample.parameters()] == ["steps", "rate", "kind", "final"]
    with pytest.raises(FrozenInstanceError):
        config.steps = 3


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"steps": 0}, "steps must be between 1 and 1000, got 0."),
        ({"steps": 2.5}, "steps must be a whole number, got 2.5."),
        ({"rate": float("nan")}, "rate must be between 1e-05 and 1, got nan."),
        ({"rate": "fast"}, "rate must be a number, got 'fast'."),
        ({"steps": 10**400}, "steps must be between 1 and 1000, got inf."),
        ({"steps": -(10**400)}, "steps must be between 1 and 1000, got -inf."),
        ({"rate": [0.1] * 99}, f"rate must be a number, got [{'0.1, ' * 11}0.1…."),
        ({"kind": "c"}, "kind must be one of a, b, got 'c'."),
        ({"kind": "c" * 61}, f"kind must be one of a, b, got '{'c' * 59}…'."),
        ({"kind": "a\n\u202eb"}, r"kind must be one of a, b, got 'a\n\u202eb'."),
        ({"final": 1}, "final must be true or false, got 1."),
    ],
)
def test_bad_values_are_refused_in_one_sentence(values, sentence):
    with pytest.raises(ConfigError) as caught:
        Sample(**values)
    assert str(caught.value) == sentence


@given(st.integers(1, 1000), st.floats(1e-5, 1.0), st.sampled_from("ab"), st.booleans())
def test_text_round_trip(steps, rate, kind, final):
    texts = {"steps": str(steps), "rate": repr(rate), "kind": kind, "final": str(final).lower()}
    assert Sample.parse(texts) == Sample(steps, rate, kind, final)


@given(st.text())
def test_any_text_parses_or_is_a_config_error(text):
    for name in ("steps", "rate", "kind", "final"):
        try:
            Sample.parse({name: text})
        except ConfigError as error:
            assert str(error).endswith(".")


def test_unknown_names_are_refused():
    with pytest.raises(ConfigError, match="no parameter 'step'"):
        Sample.parse({"step": "3"})


@given(st.text())
def test_what_is_quoted_stands_in_one_line_of_at_most_60_characters(text):
    shown = quoted(text)
    assert shown.isprintable() and len(shown) <= 62 and shown[0] == shown[-1] and shown[0] in "'\""
    assert shown == repr(text) or shown[-2] == "…"


def test_no_sentence_quotes_what_came_from_outside_in_full():
    library = Path(diffviz.__file__).parent
    nodes = [node for path in library.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    sentences = [call for call in calls if ast.unparse(call.func).endswith(("ConfigError", "CheckpointError"))]
    parts = [part for call in sentences for part in ast.walk(call) if isinstance(part, ast.FormattedValue)]
    assert len(sentences) > 50 and [ast.unparse(part) for part in parts if part.conversion == ord("r")] == []
