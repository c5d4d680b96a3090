"""Every configuration says of each of its fields what it is: that is what a widget, a link and a command line show."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import diffviz
from diffviz.config import Config, Parameter

DRAWING = ("diffviz.ui", "diffviz.commands", "diffviz.cli")  # fill configurations, and define none


def _subclasses(base: type[Config]) -> Iterator[type[Config]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _subclasses(kind)


def _fields() -> Iterator[tuple[type[Config], Parameter]]:
    for info in pkgutil.walk_packages(diffviz.__path__, "diffviz."):
        if not info.name.startswith(DRAWING):
            importlib.import_module(info.name)
    for kind in dict.fromkeys(_subclasses(Config)):
        if kind.__module__.startswith("diffviz."):
            yield from ((kind, parameter) for parameter in kind.parameters())


def test_every_field_with_a_domain_has_a_label_and_a_help() -> None:
    fields = list(_fields())
    assert len(fields) > 150
    silent = [
        f"{kind.__module__}.{kind.__name__}.{parameter.name}"
        for kind, parameter in fields
        if not parameter.domain.label.strip() or not parameter.domain.help.strip()
    ]
    assert silent == []


def test_every_default_is_a_value_of_its_own_domain() -> None:
    for _, parameter in _fields():
        if parameter.default is not None:
            checked = parameter.domain.check(parameter.label, parameter.default, parameter.kind)
            assert checked == parameter.default and parameter.parse(str(parameter.default)) == parameter.default


@pytest.mark.parametrize("kind", [Config, *dict.fromkeys(_subclasses(Config))], ids=lambda kind: kind.__name__)
def test_a_configuration_has_a_docstring(kind: type[Config]) -> None:
    assert (kind.__doc__ or "").strip() and not (kind.__doc__ or "").startswith(f"{kind.__name__}(")
