"""Digits out of noise: one sampler seen from inside, or several side by side from the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffviz.player import Scene
from diffviz.scenes.digits.tiles import SPREAD, ink, kept, pane, path_pane, signed

if TYPE_CHECKING:
    from diffviz.experiments.digits.sampling import DigitLaneResult


def note(result: DigitLaneResult) -> str:
    """Calls as counted, and the share of clear digits with its standard error."""
    clear = f"{result.clear:.0%} ± {result.clear_error:.0%} clear"
    return f"{result.path.nfe} calls · {result.config.lane.grid.title} · {clear}"


def inside(result: DigitLaneResult) -> Scene:
    """State, denoised image, noise and score of one run on one clock."""
    path = result.path
    nodes = kept(path)
    answered = path.answered(nodes)
    alpha, sigma, eps = path.alpha[answered], path.sigma[answered], path.eps(answered)
    clock = path.clock[nodes]
    panes = [
        pane(ink(path.x[nodes]), "State xₜ", note="what the sampler holds", clock=clock),
        pane(ink(path.x0[answered]), "Denoised x̂₀", notes=[f"E[x₀ | xₜ], α = {a:.2f}" for a in alpha], clock=clock),
        pane(signed(eps), "Noise ε̂", notes=[f"black and white are ±{SPREAD:g}"] * len(nodes), clock=clock),
        pane(signed(-eps), "Score −ε̂/σ", notes=[f"black and white are ±{SPREAD / s:.3g}" for s in sigma], clock=clock),
    ]
    title = result.config.lane.title
    return Scene(
        panes,
        columns=4,
        clock_values=path.ends,
        clock_label="t",
        seconds=6,
        description=f"{len(result.label)} digits drawn by {title}: state, denoised, noise and score",
    )


def side_by_side(results: Sequence[DigitLaneResult]) -> Scene:
    """The states of each lane, from the same noise, on one clock."""
    titles = [result.config.lane.title for result in results]
    panes = [path_pane(result.path, title, note(result)) for result, title in zip(results, titles, strict=True)]
    return Scene(
        panes,
        columns=min(len(panes), 3),
        clock_values=results[0].path.ends,
        clock_label="t",
        seconds=6,
        description=f"Digits from the same noise by {', '.join(titles)}",
    )
