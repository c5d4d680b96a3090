"""Why did it move there? The data that pull at a particle, and the one answer of a score in four views."""

from __future__ import annotations

import streamlit as st

from diffviz.experiments.score.pull import PullConfig, PullResult, follow_pull
from diffviz.figures.numerals import MINUS
from diffviz.protocols import Array
from diffviz.recipes import score as recipes
from diffviz.scenes.score.pull import compose
from diffviz.source_code import script
from diffviz.ui import player
from diffviz.ui.cache import cached
from diffviz.ui.score.mixtures import MIXTURES
from diffviz.ui.score.place import COORDINATES, choose_place
from diffviz.ui.shell import Page, View


def draw(page: Page) -> None:
    """Choose the data, pause, and take hold of a particle."""
    form = page.form
    with page.controls:
        mixture = form.pick("Data", MIXTURES, "data", "ring")
        points, seed = (form.field(PullConfig, name) for name in ("points", "seed"))
    with page.figure:
        key, place = choose_place(form, PullConfig, (*COORDINATES, "share"))
        config = PullConfig(mixture, points, seed, **place)
        result = _follow(config)
        player.show(compose(result), key, code=script(recipes.pull, config))
        st.markdown(table(result))


def table(result: PullResult) -> str:
    """The answer where the particle is held, four times: a Markdown table."""
    k = result.held
    rows = [f"| where the ring was placed, t = {result.times[k]:.2f} | from the score | value |", "|---|---|---:|"]
    values = (
        ("score $s$", r"$\nabla\log q_t(x)$", result.score[k]),
        (r"noise $\hat\epsilon$", r"$-\sigma s$", result.eps[k]),
        (r"data $\hat x_0$", r"$(x+\sigma^2s)/\alpha$", result.x0[k]),
        (r"velocity $v$", r"$\alpha\hat\epsilon-\sigma\hat x_0$", result.v[k]),
    )
    rows += [f"| {name} | {formula} | {_pair(value)} |" for name, formula, value in values]
    return "\n".join(rows)


def _pair(value: Array) -> str:
    return f"({value[0]:.2f}, {value[1]:.2f})".replace("-", MINUS)


@cached("Following the particle both ways", usual=0.7)
def _follow(config: PullConfig) -> PullResult:
    return follow_pull(config)


VIEW = View("pull", "Why did it move there?", "score-pull", draw, presented=("pull.data", "pull.points"))
