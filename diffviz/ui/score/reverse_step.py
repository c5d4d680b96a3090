"""One reverse step: the law that a sampler should draw from, and the Gaussian that it draws from."""

from __future__ import annotations

from diffviz.experiments.score.reverse_step import ReverseStepConfig, measure_reverse_step
from diffviz.recipes import score as recipes
from diffviz.scenes.score.reverse_step import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.score.mixtures import MIXTURES
from diffviz.ui.score.place import choose_place
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose when the point was seen, and the step's variance; drag the point, scrub the step's length."""
    form = page.form
    with page.controls:
        mixture = form.pick("Data", MIXTURES, "data", "ring")
        t, variance, seed = (form.field(ReverseStepConfig, name) for name in ("t", "variance", "seed"))
    with page.figure:
        key, place = choose_place(form, ReverseStepConfig)
        config = ReverseStepConfig(mixture, t, variance, seed, **place)
        player.show(_scene(config), key, code=script(recipes.reverse_step, config))


@cached("Measuring steps of every length", usual=0.4)
def _scene(config: ReverseStepConfig) -> bytes:
    return compose(measure_reverse_step(config)).payload()


VIEW = View("step", "One reverse step", "score-step", draw, presented=("step.t", "step.variance"))
