"""What every view of the digit lab stands on: real images, where they can be had, and the shipped networks."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st
import torch

from diffviz.config import ConfigError
from diffviz.data import IMAGE_SETS, Images
from diffviz.grids import GRIDS, HandPlaced, UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier, score_network
from diffviz.samplers import DPMSolverPP2M, prior, sample
from diffviz.scores.learned import LearnedScore

SPACINGS = {slug: kind for slug, kind in GRIDS.items() if kind is not HandPlaced}  # there is no editor here
_OFFLINE = "digits:offline"


def network() -> LearnedScore:
    """The shipped unconditional network, in half precision where the processor has it."""
    return score_network().halved()


def told() -> LearnedScore:
    """The shipped network that can be told a digit."""
    return score_network(True).halved()


def images(slug: str, part: str) -> Images | None:
    """Real images; None, with a sentence and a button to try again, where they cannot be had."""
    offline: dict[str, str] = st.session_state.setdefault(_OFFLINE, {})
    if slug in offline:
        st.warning(offline[slug])
        st.button("Try again", key=f"digits:again:{slug}", on_click=lambda: offline.clear())
        return None
    place = st.empty()

    def tell(name: str, done: int, size: int) -> None:
        share = min(1.0, done / size) if size else 0.0
        place.progress(share, f"Fetching {name}: {done / 2**20:.1f} of {size / 2**20:.1f} MB")

    try:
        IMAGE_SETS[slug]().fetch(part, tell)
        return _loaded(slug, part)
    except ConfigError as error:
        offline[slug] = str(error)
        st.rerun()
    finally:
        place.empty()
    return None


def digits(part: str = "test") -> Images:
    """Real MNIST digits; where they cannot be had, digits that the shipped network drew stand in, and it is said."""
    found = images("mnist", part)
    if found is None:
        st.caption("Until they are there, digits that the shipped network drew stand in for real ones.")
    return found or stand_in()


def at_hand() -> Images:
    """Real digits if nothing need be fetched for them, else those of the stand-in; nothing is shown."""
    try:
        return _loaded("mnist", "test") if IMAGE_SETS["mnist"]().here("test") else stand_in()
    except ConfigError:  # a damaged file: the views that need real digits say so
        return stand_in()


@lru_cache(maxsize=1)
def stand_in(count: int = 100) -> Images:
    """Drawn by the shipped network in 20 calls, with the labels that the classifier gives them."""
    model = network()
    noise = WhiteNoise(99, (count, 1, 28, 28))
    grid = UniformTime().times(model.schedule, 20)
    points = sample(DPMSolverPP2M(), model, prior(model.schedule, noise), grid, noise).final.clamp(-1, 1)
    labels = torch.from_numpy(classify_images(classifier(), points).label).long()
    return Images(points, labels, "drawn by the shipped network")


@lru_cache(maxsize=6)
def _loaded(slug: str, part: str) -> Images:
    return IMAGE_SETS[slug]().load(part)
