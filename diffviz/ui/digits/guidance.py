"""Guidance: digits that were asked for, and the plane, where guidance is exact."""

from __future__ import annotations

import streamlit as st
import torch

from diffviz.config import Choice, Flag, Range
from diffviz.data import DATASETS, MixtureDataset
from diffviz.experiments.problem import brownian_path as path
from diffviz.grids import UniformTime
from diffviz.pretrained.digits import classifier
from diffviz.scenes.digits import plane
from diffviz.scenes.digits.guidance import EACH, KINDS, GuidanceModels, Guided, compose, guide
from diffviz.scenes.digits.measured import trade
from diffviz.schedules import Cosine
from diffviz.scores.guided import LabelledMixture
from diffviz.ui import player
from diffviz.ui.digits import setup
from diffviz.ui.shell import Page, View

LOOK = Choice({"digits": "Digits by class", "plane": "Exact, in the plane", "trade": "Fidelity and diversity"}, "Look")
SCALE = Range(0, 10, step=0.25, label="Scale", help="0 ignores the class, 1 asks for it, above 1 exaggerates it.")
MIXTURES = {slug: kind for slug, kind in DATASETS.items() if issubclass(kind, MixtureDataset)}
ASKED = Choice({"all": "All ten", **{str(k): str(k) for k in range(10)}}, "Digit")


def draw(page: Page) -> None:
    """One of three looks."""
    with page.controls:
        look = page.form.option("look", "digits", LOOK)
    {"digits": _digits, "plane": _plane, "trade": _trade}[look](page)


def _digits(page: Page) -> None:
    form = page.form
    with page.controls:
        kinds = [k for k, (title, _) in KINDS.items() if form.flag(k, k != "classifier-ddim", Flag(title))]
        scale = form.number("scale", 2.0, SCALE)
        asked = form.option("asked", "all", ASKED)
        steps = form.number("steps", 20, Range(5, 100, label="Steps", log=True), int)
        low = form.number("low", -5.0, Range(-5, 5, step=0.5, label="Guide from λ", help="Classifier-free only."))
        high = form.number("high", 7.0, Range(-4, 7, step=0.5, label="Guide to λ", help="Classifier-free only."))
        seed = form.number("seed", 0, Range(0, 99, label="Seed"), int)
    labels = [*range(10)] * EACH if asked == "all" else [int(asked)] * 10 * EACH
    with page.figure:
        found = [guided(kind, scale, (low, high), steps, seed, tuple(labels)) for kind in kinds or ["free"]]
        player.show(compose(found, setup.network(), 10), key="digits.player")


def _plane(page: Page) -> None:
    form = page.form
    with page.controls:
        mixture = form.pick("Mixture", MIXTURES, "mixture", "ring")
        label = int(form.option("class", "0", Choice({"0": "1", "1": "2", "2": "3"}, "Class")))
        scale = form.number("scale", 3.0, SCALE)
        seed = form.number("seed", 0, Range(0, 99, label="Seed"), int)
    normal = mixture.mixture
    assert normal is not None  # every entry of MIXTURES has a closed form
    known = plane.labelled(normal.affine(mixture.normalisation), Cosine())
    label = min(label, max(known.labels))
    with page.figure:
        multistep_update = bends(known, label, scale, seed, f"{mixture!r}")
        player.show(plane.compose(known, label, scale, multistep_update), key="digits.player")


def _trade(page: Page) -> None:
    with page.figure:
        player.show(trade(), key="digits.player")


@st.cache_resource(max_entries=24, show_spinner="Sampling guided digits")
def guided(
    kind: str, scale: float, interval: tuple[float, float], steps: int, seed: int, labels: tuple[int, ...]
) -> Guided:
    cast = GuidanceModels(setup.network(), setup.told(), classifier(), classifier(noised=True))
    times = UniformTime().times(cast.plain.schedule, steps)
    noise = path(cast.plain.schedule, (len(labels), 1, 28, 28), seed)  # the same for every kind
    return guide(kind, scale, interval, cast, torch.tensor(labels), times, noise)


@st.cache_resource(max_entries=24, show_spinner="Guiding, and drawing what is promised")
def bends(_known: LabelledMixture, label: int, scale: float, seed: int, key: str) -> plane.GuidedRun:
    return plane.bend(_known, label, scale, seed)


VIEW = View("guidance", "Guidance", "digits-guidance", draw)
