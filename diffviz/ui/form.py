"""Widgets from configurations: what the library refuses, no widget offers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import streamlit as st

from diffviz.config import Choice, Config, ConfigError, Entry, Flag, Parameter, Range, quoted
from diffviz.ui import thumbnails
from diffviz.ui.explained import note
from diffviz.ui.notice import tell
from diffviz.ui.state import Choices

C = TypeVar("C", bound=Config)
E = TypeVar("E", bound=Entry)
T = TypeVar("T")


class Form:
    """Draws widgets in the current container and keeps what they say in the page's link, under names with a prefix."""

    def __init__(self, choices: Choices, prefix: str = "") -> None:
        self.choices, self.prefix = choices, prefix

    def prefixed(self, prefix: str) -> Form:
        """The same form for choices whose names in the link begin with `prefix` and a dot, if it is not empty."""
        return Form(self.choices, f"{prefix}." if prefix else "")

    def field(
        self,
        cls: type[Config],
        field: str,
        default: Any = None,
        *,
        name: str = "",
        most: float | None = None,
        disabled: bool = False,
    ) -> Any:
        """A widget for one field of a configuration, which has its range, label and help from there.

        default: another one than the field's own. name: in the link, another one than the field's own. most: where the
        range is to end here, below its own end. disabled: where it changes nothing for now.
        """
        parameter = _up_to(cls.parameter(field), most)
        return self._widget(parameter, name or field, parameter.default if default is None else default, disabled)

    def free(self, name: str, default: T, parse: Callable[[str], T]) -> tuple[str, T]:
        """The key and the start of a choice that a widget of the view's own makes; `keep` takes what it answers."""
        return self.choices.start(self.prefix + name, default, parse)

    def keep(self, name: str, value: Any, default: Any) -> None:
        """Write such a choice into the link unless it is the default."""
        self.choices.keep(self.prefix + name, value, default)

    def set(self, **values: Any) -> None:
        """Give choices other values from a callback, before the page is drawn again."""
        for name, value in values.items():
            self.choices.set(self.prefix + name, value)

    def number(self, name: str, default: float, domain: Range, kind: type = float, *, disabled: bool = False) -> Any:
        """A slider for a number of type `kind`; a logarithmic one where the domain says so."""
        return self._widget(Parameter(name, kind, domain, default), name, default, disabled)

    def option(self, name: str, default: str, domain: Choice, *, disabled: bool = False) -> str:
        """A list of named options; answers the slug. disabled: where it changes nothing for now."""
        slug: str = self._widget(Parameter(name, str, domain, default), name, default, disabled)
        return slug

    def flag(self, name: str, default: bool, domain: Flag) -> bool:
        """A switch."""
        on: bool = self._widget(Parameter(name, bool, domain, default), name, default)
        return on

    def tabs(self, name: str, default: str, domain: Choice) -> str:
        """The views of a page, side by side; answers the slug."""
        slugs, titles = list(domain.options), domain.options
        key, start = self.free(name, default, lambda text: domain.parse(domain.label, text, str))
        slug: str = st.segmented_control(
            domain.label,
            slugs,
            default=start,
            required=True,
            format_func=titles.__getitem__,
            key=key,
            label_visibility="collapsed",
            width="stretch",
        )
        slug = domain.check(domain.label, slug, str)
        self.keep(name, slug, default)
        return slug

    def choose(
        self,
        label: str,
        catalogue: Mapping[str, type[E]],
        name: str,
        default: str,
        families: Mapping[str, str] | None = None,
    ) -> str:
        """One entry of a catalogue, by title, and by the name of its family if these are given; answers the slug."""
        return self.option(name, default, Choice.among(catalogue, label, families=families))

    def config(
        self,
        cls: type[C],
        prefix: str,
        without: tuple[str, ...] = (),
        most: Mapping[str, float] | None = None,
        **defaults: Any,
    ) -> C:
        """A widget for every parameter of `cls` but those `without`; in the link they are called `prefix.field`.

        most: fields whose range is to end here, below its own end.
        """
        ends = most or {}
        values = {
            p.name: self._widget(_up_to(p, ends.get(p.name)), f"{prefix}.{p.name}", defaults.get(p.name, p.default))
            for p in cls.parameters()
            if p.name not in without
        }
        try:
            return cls(**values)
        except ConfigError as error:  # each value is in range, but not together
            tell("warning", f"{error} The defaults are shown instead.")
            return cls(**defaults)

    def pick(
        self,
        label: str,
        catalogue: Mapping[str, type[E]],
        name: str,
        default: str,
        without: Callable[[type[E]], tuple[str, ...]] = lambda cls: (),
        families: Mapping[str, str] | None = None,
        **defaults: Any,
    ) -> E:
        """An entry of a catalogue with its parameters, which unfold under it.

        without: which of an entry's parameters are left at their defaults. families: as in `choose`. defaults: for the
        default entry.
        """
        slug = self.choose(label, catalogue, name, default, families)
        cls = catalogue[slug]
        return self.unfolded(cls, f"{name}.{slug}", without(cls), **(defaults if slug == default else {}))

    def unfolded(self, cls: type[C], prefix: str, without: tuple[str, ...] = (), **defaults: Any) -> C:
        """The widgets of `config` in a fold, unless there are none."""
        if len(cls.parameters()) == len(without):
            return cls()
        with st.expander("Parameters"):
            return self.config(cls, prefix, without, **defaults)

    def several(
        self,
        label: str,
        catalogue: Mapping[str, type[E]],
        name: str,
        default: tuple[str, ...],
        most: int = 6,
        families: Mapping[str, str] | None = None,
    ) -> list[str]:
        """One to `most` entries of a catalogue, as in `choose`; answers the slugs. In the link commas part them."""
        domain = Choice.among(catalogue, label, families=families)

        def parse(text: str) -> tuple[str, ...]:
            slugs = tuple(dict.fromkeys(text.split(",")))
            unknown = [slug for slug in slugs if slug not in catalogue]
            if unknown or len(slugs) > most:
                raise ConfigError(f"{label} must be 1 to {most} of the names this page knows, got {quoted(text)}.")
            return slugs

        def offered(slugs: tuple[str, ...]) -> tuple[str, ...]:
            left = tuple(slug for slug in slugs if slug in catalogue)
            return (left or default) if len(left) < len(slugs) else slugs

        key, start = self._started(name, default, parse, offered)
        selected: list[str] = st.multiselect(
            label,
            list(catalogue),
            start,
            key=key,
            help=note(domain, *st.session_state.get(key, start)),
            max_selections=most,
            format_func=lambda s: domain.options[s],
        )
        chosen = list(parse(",".join(selected)) if selected else default)
        self.keep(name, ",".join(chosen), ",".join(default))
        return chosen

    def _started(self, name: str, default: T, parse: Callable[[str], T], offered: Callable[[T], T]) -> tuple[str, T]:
        """The same as `free`, but started anew where another choice has taken away what this one was.

        offered: what is left of a value.
        """
        key, start = self.free(name, default, parse)
        now = st.session_state.get(key, start)
        if offered(start) == start and offered(now) == now:
            return key, start
        self.set(**{name: offered(now)})
        return self.free(name, default, parse)

    def _widget(self, parameter: Parameter, name: str, default: Any, disabled: bool = False) -> Any:
        options = parameter.domain.options if isinstance(parameter.domain, Choice) else None

        def offered(value: Any) -> Any:
            return value if options is None or value in options else default

        key, start = self._started(name, default, parameter.parse, offered)
        label, help = parameter.label, parameter.domain.help or None
        value: Any
        match parameter.domain:
            case Flag():
                value = st.toggle(label, start, key=key, help=help, disabled=disabled)
            case Choice() as domain:
                slugs, titles = list(domain.options), domain.options
                value = st.selectbox(
                    label,
                    slugs,
                    slugs.index(start),
                    key=key,
                    help=note(domain, st.session_state.get(key, start)),
                    disabled=disabled,
                    format_func=lambda s: titles.get(s, s),
                )
                thumbnails.dress(domain, value)
            case Range() as domain if domain.log:
                value = st.select_slider(
                    label,
                    _ladder(domain, parameter.kind, start),
                    start,
                    key=key,
                    help=help,
                    disabled=disabled,
                    format_func=lambda v: f"{v:,}" if isinstance(v, int) else f"{v:.3g}",
                )
            case Range() as domain:
                low, high = parameter.kind(domain.low), parameter.kind(domain.high)
                step = parameter.kind(domain.step or (1 if parameter.kind is int else (high - low) / 100))
                shape = None if parameter.kind is int else f"%.{max(map(_decimals, (low, step, start)))}f"
                value = st.slider(label, low, high, start, step, shape, key, help, disabled=disabled)
        # The widget offers nothing else, but what it answers comes from a browser.
        value = parameter.domain.check(label, value, parameter.kind)
        self.keep(name, value, default)
        return value


def _decimals(number: float) -> int:
    """How many decimals a number needs to be written as it is, to six figures."""
    exponent = Decimal(f"{number:.6g}").normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _up_to(parameter: Parameter, most: float | None) -> Parameter:
    """The parameter with a range that ends at `most`, if it is given."""
    if most is None:
        return parameter
    assert isinstance(parameter.domain, Range)
    return replace(parameter, domain=replace(parameter.domain, high=most))


def _ladder(domain: Range, kind: type, value: Any) -> list[Any]:
    """Round numbers, 1, 2, 5 of every decade, from low to high, with the ends and the first value among them."""
    decades = range(math.floor(math.log10(domain.low)), math.ceil(math.log10(domain.high)) + 1)
    rungs = {kind(m * 10.0**d) for d in decades for m in (1, 2, 5) if domain.low <= m * 10.0**d <= domain.high}
    return sorted(rungs | {kind(domain.low), kind(domain.high), value})
