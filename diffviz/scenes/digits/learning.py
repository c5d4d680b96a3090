"""A network that learns to draw digits: the same noise at every look, what it removes from real ones, and its loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffviz.player import Curve, Pane, Scene
from diffviz.protocols import Array
from diffviz.scenes.digits.tiles import ink, pane, signed
from diffviz.scenes.limits import round_limits, step_limits

if TYPE_CHECKING:
    from diffviz.experiments.digits.learning import LearningResult, LearningStart, UntrainedResult


def live(result: LearningResult) -> Scene:
    """A network as it is at one moment; the picture stands still until the next."""
    note = f"from the same noise each time, step {result.steps[-1]:,.0f}"
    return _scene(result, [note], [_losses(result), *_clear(result), _errors(result)])


def before_first_look(start: LearningStart) -> Scene:
    """A run that nobody has looked at yet: the panes of `live`, empty where the network has still to answer."""
    title = start.config.images.title
    waiting = "once the network has been looked at"
    charts = ["Loss", *(["Clear digits"] if start.config.counts_clear else []), "Error per λ"]
    panes = [
        pane(signed(start.noise[None]), "To be drawn", note="the noise that every look starts from"),
        *(_blank(chart, waiting) for chart in charts),
        pane(ink(start.noised[None]), "Real, noised", note=f"{title} at t = {start.t:.2f}"),
        _blank("Denoised x̂₀", waiting),
    ]
    return Scene(panes, columns=3, description=f"A network about to learn {title}: the noise that it will draw from")


def replay(result: LearningResult) -> Scene:
    """Learning on the player's clock: one frame a moment, the same noise in each."""
    notes = [f"from the same noise, step {step:,.0f}" for step in result.steps]
    return _scene(result, notes, [_losses(result, result.steps), *_clear(result, result.steps)], clock=result.steps)


def preview(result: LearningResult) -> Scene:
    """The same of an earlier run, shown before training, with the seconds that it had taken."""
    moments = zip(result.steps, result.seconds, strict=True)
    notes = [f"step {step:,.0f} after {seconds:.0f} s" for step, seconds in moments]
    return _scene(result, notes, [_losses(result, result.steps), *_clear(result, result.steps)], clock=result.steps)


def untrained(result: UntrainedResult) -> Scene:
    """Before training, where no earlier run saw these data: real images into noise, and what comes back so far."""
    title = result.config.images.title
    panes = [
        pane(ink(result.forward), "Real, into noise", note=title),
        pane(ink(result.path.x), "Out of noise", note="through a network that knows nothing yet"),
    ]
    return Scene(panes, columns=3, seconds=6, description=f"{title} into noise, and an untrained network")


def _scene(result: LearningResult, notes: Sequence[str], charts: list[Pane], clock: Array | None = None) -> Scene:
    title = result.config.images.title
    panes = [
        pane(ink(result.samples), "Drawn", notes=notes),
        *charts,
        pane(ink(result.noised[None]), "Real, noised", note=f"{title} at t = {result.t:.2f}"),
        pane(ink(result.denoised), "Denoised x̂₀", note="what the network takes them for"),
    ]
    return Scene(
        panes,
        columns=3 if clock is None else len(panes),
        clock_values=clock,
        clock_label="step",
        clock_holds=True,
        seconds=6,
        description=f"A network learning {title}: drawn images, real ones noised and denoised, and the loss",
    )


def _blank(title: str, note: str) -> Pane:
    """A pane of which nothing is known yet."""
    return pane(np.zeros((1, 1, 1, 1), np.float32), title, note=note)


def _losses(result: LearningResult, at: Array | None = None) -> Pane:
    steps, values = result.losses.T
    curve = Curve(
        np.maximum(steps, 1),
        {"loss": values},
        at=None if at is None else np.maximum(at, 1),
        log_x=True,
        log_y=True,
        x_label="step",
        x_limits=step_limits(result.planned),
        y_limits=round_limits(values),
        colors={"loss": "noise"},
    )
    return Pane([curve], title="Loss", note="of the training batches", smooth=False)


def _clear(result: LearningResult, at: Array | None = None) -> list[Pane]:
    """The share of clear digits with its standard error, for images of which they can be counted."""
    clear = result.clear
    if not result.config.counts_clear:
        return []
    if clear is None:
        return [_blank("Clear digits", "once some have been counted")]
    low, high = np.clip([clear.shares - clear.errors, clear.shares + clear.errors], 0, 1)
    curve = Curve(
        np.maximum(clear.steps, 1),
        {"clear": clear.shares},
        at=None if at is None else np.maximum(at, 1),
        log_x=True,
        x_label="step",
        x_limits=step_limits(result.planned),
        y_limits=(0, 1),
        bands={"clear": (low, high)},
        colors={"clear": "data"},
    )
    return [Pane([curve], title="Clear digits", note=f"share of {clear.counted} drawn", smooth=False)]


def _errors(result: LearningResult) -> Pane:
    assert result.lam is not None and result.lam_loss is not None  # a look at a live run knows them
    order = np.argsort(result.lam)
    error = np.maximum(result.lam_loss[order], 1e-8)
    curve = Curve(result.lam[order], {"error": error}, log_y=True, x_label="λ", y_limits=round_limits(error))
    return Pane([curve], title="Error per λ", note="of the output, on the training batches")
