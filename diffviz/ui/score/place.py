"""The place of a scene's handle as a choice: in the link as numbers, and where it was let go last."""

from __future__ import annotations

from diffviz.config import Config, ConfigError, quoted
from diffviz.ui import player
from diffviz.ui.form import Form

COORDINATES = ("x", "y")


def choose_place(
    form: Form, config: type[Config], names: tuple[str, ...] = COORDINATES
) -> tuple[str, dict[str, float]]:
    """The key under which the scene is to be shown, and the fields of `config` that its handle decides.

    names: which fields, in the order x, y, share of the clock. In the link they are `at=0.9,0.4`. The configuration
    says their defaults and ranges.
    """
    parameters = [config.parameter(name) for name in names]
    default = _as_text([float(parameter.default or 0.0) for parameter in parameters])

    def checked(text: str) -> str:
        parts = text.split(",")
        if len(parts) != len(parameters):
            raise ConfigError(f"A place must be {len(parameters)} numbers between commas, got {quoted(text)}.")
        return _as_text([float(p.parse(part)) for p, part in zip(parameters, parts, strict=True)])

    key, text = form.free("at", default, checked)
    handled = player.handle(key)
    if handled is not None:
        ends = [(p.domain.low, p.domain.high) for p in parameters]  # type: ignore[union-attr]
        text = _as_text([min(max(v, low), high) for v, (low, high) in zip(handled, ends, strict=False)])
    form.keep("at", text, default)
    return key, dict(zip(names, map(float, text.split(",")), strict=True))


def _as_text(values: list[float]) -> str:
    return ",".join(f"{value:.6g}" for value in values)
