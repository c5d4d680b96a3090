"""Latents of digits: encoded and decoded, what lies between two, and one latent in several step counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.player import Scene
from diffviz.scenes.digits.tiles import ink, pane, path_pane

if TYPE_CHECKING:
    from diffviz.experiments.digits.latents import DigitRoundTripResult, StepCountsResult


def round_trip(result: DigitRoundTripResult) -> Scene:
    """Up, down, and what lies between, on one clock: the first runs from the digit, the second from the noise.

    Each digit is labelled with its place in the test set.
    """
    lost = f"{result.nfe / 2:g} calls each way · {result.error:.2g} lost (RMS a pixel)"
    labels = [f"place {place}" for place in result.places]
    first, second = labels[:2]
    ends = [first, *[""] * (len(result.between) - 2), second]
    arc = f"from {first} to {second}, their latents joined by an arc"
    panes = [
        path_pane(result.up, "Digit to noise", "along the flow, no noise added", labels=labels),
        path_pane(result.down, "Noise to digit", lost, labels=labels),
        pane(ink(result.between[None]), "Between the first two", note=arc, across=3, labels=ends),
    ]
    return Scene(
        panes, columns=3, seconds=6, description="Real digits encoded to noise and decoded again, and two interpolated"
    )


def step_counts(result: StepCountsResult) -> Scene:
    """A pane for each step count, on one clock; each says how far its digits are from those of the most steps."""
    steps = [len(path.t) - 1 for path in result.paths]
    notes = [*(f"RMS {distance:.2g} from {steps[-1]}" for distance in result.distances[:-1]), "the reference"]
    panes = [
        path_pane(path, f"{count} steps", note, across=3)
        for path, count, note in zip(result.paths, steps, notes, strict=True)
    ]
    return Scene(
        panes,
        columns=len(panes),
        seconds=6,
        description=f"The same latents decoded in {steps[0]} to {steps[-1]} steps",
    )
