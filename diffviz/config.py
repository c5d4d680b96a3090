"""Frozen, validated parameters: one definition drives the widget, the URL, the CLI and the library.

A configuration is a frozen dataclass whose fields are annotated with the values they may take::

    @dataclass(frozen=True)
    class LinearVP(Config):
        beta_min: Annotated[float, Range(0.01, 5.0, label="β min")] = 0.1

Building one with a value outside its range raises `ConfigError` with one sentence that names the field.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Annotated, ClassVar, Protocol, Self, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

Value: TypeAlias = bool | int | float | str  # what a field with a domain holds
Number = TypeVar("Number", int, float)
LONGEST = 60  # characters of what a person, a link or a file says that a sentence repeats


class ConfigError(ValueError):
    """Bad input; its message is one sentence that a page, the CLI and a traceback can all show as it is."""


def shortened(text: str) -> str:
    """At most 60 characters of a text, the last an ellipsis where there are more."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def quoted(value: object) -> str:
    """What came from outside, as a sentence repeats it: its `repr`, so that no sign in it acts, in 60 characters."""
    if not isinstance(value, str):
        return shortened(repr(value))
    text = repr(value)
    return f"{text[0]}{shortened(text[1:-1])}{text[-1]}"


@dataclass(frozen=True)
class Range:
    """A number between `low` and `high` inclusive; `log` asks for a logarithmic slider."""

    low: float
    high: float
    step: float | None = None
    label: str = ""
    help: str = ""
    log: bool = False

    def check(self, name: str, value: object, kind: type[Number]) -> Number:
        """Return `value` as `kind`, or raise `ConfigError` if it is no such number or out of range."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ConfigError(f"{name} must be a number, got {quoted(value)}.")
        try:
            size = float(value)
        except OverflowError:  # a whole number that is larger than any float
            size = math.copysign(math.inf, 1 if value > 0 else -1)
        if not math.isfinite(size) or not self.low <= size <= self.high:
            raise ConfigError(f"{name} must be between {self.low:g} and {self.high:g}, got {size:g}.")
        if kind is int and value != int(value):
            raise ConfigError(f"{name} must be a whole number, got {value:g}.")
        return kind(value)

    def parse(self, name: str, text: str, kind: type[Number]) -> Number:
        """Read the value from a link or a command line."""
        try:
            number = float(text)
        except ValueError:
            raise ConfigError(f"{name} must be a number, got {quoted(text)}.") from None
        return self.check(name, number, kind)


class Kind(Protocol):
    """What people choose by its title: the paper says where it comes from, the formula in LaTeX what it does."""

    @property
    def title(self) -> str: ...

    @property
    def paper(self) -> str: ...

    @property
    def latex(self) -> str: ...


@dataclass(frozen=True)
class Choice:
    """One of a few named options; `options` maps the slug used in links to the label people see.

    kinds: of options that have a formula and a paper, the kinds that hold them, by slug.
    """

    options: Mapping[str, str]
    label: str = ""
    help: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    @classmethod
    def among(
        cls, kinds: Mapping[str, Kind], label: str = "", help: str = "", families: Mapping[str, str] | None = None
    ) -> Choice:
        """One of these kinds, by title; families: by slug, the name of its family, which stands after it."""
        options = {slug: kind.title for slug, kind in kinds.items()}
        if families is not None:
            options = {slug: " · ".join(filter(None, [options[slug], families.get(slug)])) for slug in options}
        return cls(options, label, help, kinds)

    def check(self, name: str, value: object, kind: type) -> str:
        """Return `value`, or raise `ConfigError` if it is not an option."""
        if not isinstance(value, str) or value not in self.options:
            raise ConfigError(f"{name} must be one of {', '.join(self.options)}, got {quoted(value)}.")
        return value

    def parse(self, name: str, text: str, kind: type) -> str:
        """Read the value from a link or a command line."""
        return self.check(name, text, kind)


@dataclass(frozen=True)
class Flag:
    """Yes or no: a check box, or true and false in a link."""

    label: str = ""
    help: str = ""

    def check(self, name: str, value: object, kind: type) -> bool:
        """Return `value`, or raise `ConfigError` if it is not a bool."""
        if not isinstance(value, bool):
            raise ConfigError(f"{name} must be true or false, got {quoted(value)}.")
        return value

    def parse(self, name: str, text: str, kind: type) -> bool:
        """Read the value from a link or a command line."""
        try:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        except KeyError:
            raise ConfigError(f"{name} must be true or false, got {quoted(text)}.") from None


Domain = Range | Choice | Flag


@dataclass(frozen=True)
class Parameter:
    """One field of a configuration: its name, type, domain and default."""

    name: str
    kind: type
    domain: Domain
    default: Value | None  # None where there is none

    @property
    def label(self) -> str:
        """What people read beside the widget."""
        return self.domain.label or self.name.replace("_", " ")

    def parse(self, text: str) -> Value:
        """Read the value from text, or raise `ConfigError`."""
        return self.domain.parse(self.label, text, self.kind)


@dataclass(frozen=True)
class Config:
    """Base of every configuration. `repr(config)` is its identity: use it in cache keys."""

    def __post_init__(self) -> None:
        for parameter in self.parameters():
            value = getattr(self, parameter.name)
            object.__setattr__(self, parameter.name, parameter.domain.check(parameter.label, value, parameter.kind))

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """The fields that carry a domain, in order; other fields are plain data."""
        return _parameters(cls)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are

    @classmethod
    def parameter(cls, name: str) -> Parameter:
        """The field of that name; `ConfigError` if there is none with a domain."""
        for parameter in cls.parameters():
            if parameter.name == name:
                return parameter
        raise ConfigError(f"{cls.__name__} has no parameter {quoted(name)}.")

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """Build from text values (a link, a command line); a missing name keeps its default."""
        return cls(**{name: cls.parameter(name).parse(text) for name, text in texts.items()})


@cache
def _parameters(cls: type[Config]) -> tuple[Parameter, ...]:
    hints = get_type_hints(cls, include_extras=True)
    parameters = []
    for entry in fields(cls):
        hint = hints[entry.name]
        if get_origin(hint) is not Annotated:
            continue
        kind, *notes = get_args(hint)
        domain = next((note for note in notes if isinstance(note, Range | Choice | Flag)), None)
        if domain is not None:
            default = None if entry.default is MISSING else entry.default
            parameters.append(Parameter(entry.name, kind, domain, default))
    return tuple(parameters)


@dataclass(frozen=True)
class Entry(Config):
    """A configuration that stands in a catalogue: people choose it by `title`; `paper` says where it comes from."""

    title: ClassVar[str] = ""
    paper: ClassVar[str] = ""  # first author, year, and the equation, section or algorithm number
    latex: ClassVar[str] = ""  # the one formula a page shows for it
