"""Guidance in the plane: the classifier's gradient, the guided samples, and the distribution that is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.experiments.frames import shown_frames
from diffviz.player import Arrows, Pane, Points, Scene
from diffviz.scenes.arrows import saturated

if TYPE_CHECKING:
    from diffviz.experiments.exact_guidance import ExactGuidanceResult

EXTENT = (-2.7, 2.7, -2.7, 2.7)
FRAMES = 51


def compose(result: ExactGuidanceResult) -> Scene:
    """Three panes on one clock."""
    nodes = shown_frames(len(result.t), FRAMES)
    clock = result.clock[nodes]
    data = Points(result.data[None], "data", size=1.1, opacity=0.25, follow=False, part="data")
    guided = Points(result.guided[nodes], "model", size=1.5)
    arrows = Arrows(result.places, saturated(result.gradients[nodes], result.places), "exact")
    distances = f"sliced W₂ {result.distance:.3f} from promised, floor {result.floor:.3f}"
    panes = [
        Pane(
            [guided, arrows],
            "Classifier gradient",
            notes=[f"∇ log p(y | x) at t = {t:.2f}" for t in result.t[nodes]],
            extent=EXTENT,
            clock=clock,
        ),
        Pane([data, guided], "Guided", distances, EXTENT, clock),
        Pane(
            [data, Points(result.tilted[None], "exact", size=1.5, follow=False)],
            "Promised",
            f"honest draws of p(x) p(y | x) to the power {result.config.scale:g}",
            EXTENT,
        ),
    ]
    return Scene(
        panes,
        columns=3,
        clock_values=result.ends,
        clock_label="t",
        seconds=6,
        description=f"Guidance towards class {result.label + 1} of a mixture, exact, beside the distribution that it "
        "stands for",
    )
