"""Noise enters."""

from __future__ import annotations

from diffviz.experiments.forward import ForwardConfig, compare_schedules, run_forward
from diffviz.experiments.swiss_roll import SwissRollConfig, run_swiss_roll
from diffviz.player import save
from diffviz.scenes import forward, home


def swiss_roll(config: SwissRollConfig) -> None:
    """A swiss roll dissolves into noise, and a network brings it back (Sohl-Dickstein et al. 2015, figure 1)."""
    result = run_swiss_roll(config)
    print(f"{config.particles} particles at {len(result.t)} times, on their way to noise and on the way back")

    # A file that plays in any browser, offline.
    scene = home.compose(result)
    save(scene, "swiss-roll.html")


def process(config: ForwardConfig) -> None:
    """Data become noise by the forward SDE: exactly, and in steps of Euler and Maruyama on the same Brownian paths."""
    result = run_forward(config)
    print(f"{config.schedule.title}: the steps end {result.step_error[-1]:.3f} (RMS) from the exact particles")

    # Files that play in any browser, offline: the process, and three SDEs on the same data and noise.
    scene = forward.compose(result)
    save(scene, "forward.html")
    three = forward.compare(compare_schedules(config.dataset, config.particles, config.seed))
    save(three, "forward-three-sdes.html")
