"""Quality against cost, streaming in while it is measured."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diffviz.config import Range
from diffviz.metrics import METRICS
from diffviz.samplers import SAMPLERS
from diffviz.scenes.quality import answer, chart
from diffviz.scenes.sweep import Sweep
from diffviz.ui import player
from diffviz.ui.race import setup
from diffviz.ui.shell import Page, View

DEFAULTS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "euler-maruyama")
WANTED = Range(1.05, 10.0, label="Wanted quality", log=True, help="Distance, in multiples of real against real.")
TICK = 0.5


def draw(page: Page) -> None:
    """Choose samplers, start the sweep, show what is known so far."""
    with page.controls:
        base = setup.choose(page)
        slugs = page.form.several("Samplers", SAMPLERS, "samplers", DEFAULTS)
        grid = setup.grid(page)
        name = setup.metric(page)
        wanted = page.form.number("wanted", 2.0, WANTED)
    samplers = [SAMPLERS[slug]() for slug in slugs]
    floor = base.floor(name)
    titles = [sampler.title for sampler in samplers]
    adaptive = {sampler.title for sampler in samplers if sampler.adaptive}
    sets, metric = base.real, METRICS[name]()

    def begin() -> Sweep:
        return Sweep(samplers, grid, base.model, sets[0], lambda x, k: metric(x, sets[k]), base.seed)

    work: Sweep = held(begin, f"{base.key} {name} {grid!r} {samplers!r} {base.seed}")
    work.start()

    def look() -> None:
        series = work.series()
        st.markdown(answer(titles, series, wanted * floor.mean, floor, adaptive))
        player.show(chart(titles, series, floor, wanted * floor.mean, metric.title), key="player.quality")
        st.caption(_progress(work))
        if work.done == work.total and not was:
            st.rerun()

    with page.figure:
        was = work.done == work.total
        st.fragment(look, run_every=None if was else TICK)()


def _progress(work: Sweep) -> str:
    if work.done < work.total:
        return f"{work.done} of {work.total} cells measured; 1,000 particles each, and the larger budgets come last."
    return f"{work.total} cells of 1,000 particles. Bars: standard error over four repeats, each with its own noise."


def _release(work: Any) -> None:
    work.stop()


@st.cache_resource(scope="session", max_entries=3, show_spinner=False, on_release=_release)
def held(_begin: Any, key: str) -> Sweep:
    found: Sweep = _begin()
    return found


VIEW = View("quality", "Quality and cost", "race-quality", draw)
