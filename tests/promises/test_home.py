"""What the words of Home promise is to be seen: in the experiment that made its scene, on three seeds, not swapped."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from diffviz.commands.home import SCENE
from diffviz.experiments.swiss_roll import SwissRollConfig, SwissRollResult, run_swiss_roll
from diffviz.metrics import sliced_w2
from diffviz.player import Pane, Points
from diffviz.pretrained.shapes import FOLDER
from diffviz.protocols import Array
from diffviz.scenes.home import compose
from diffviz.training.loop import TrainingConfig, TrainState
from tests.player.test_payload import decode

OWN = SwissRollConfig().seed
SEEDS = pytest.mark.parametrize("seed", range(OWN, OWN + 3))
GAP = 0.9  # between two turns of the roll, in the picture's units


@cache
def figure(seed: int, particles: int = SwissRollConfig().particles, trained: bool = True) -> SwissRollResult:
    untrained = TrainState(TrainingConfig(), (2,), 0).model
    return run_swiss_roll(SwissRollConfig(particles, seed), None if trained else untrained)


def test_the_network_was_trained_for_about_a_minute() -> None:
    seconds = json.loads((FOLDER / "swiss-roll.json").read_text(encoding="utf-8"))["seconds"]
    assert 45 < seconds < 90


def at(result: SwissRollResult, t: float) -> int:
    return int(np.abs(result.t - t).argmin())


@SEEDS
@pytest.mark.promise("home-there-and-back")
def test_either_process_is_played_backwards_in_its_half(seed: int) -> None:
    result = figure(seed)
    scene = compose(result)
    assert scene.clock_values is not None
    first, middle, last = scene.clock_values
    assert first == last < middle
    half = len(result.t) - 1

    def backwards(pane: Pane, states: Array) -> tuple[bool, bool]:
        """Whether the notes say so throughout the first half, and throughout the second; and t turns in the middle."""
        (points,) = (layer for layer in pane.layers if isinstance(layer, Points))
        np.testing.assert_allclose(points.xy[: half + 1], states)
        np.testing.assert_allclose(points.xy[half:], states[::-1])
        assert pane.notes is not None
        said = ["backwards" in note for note in pane.notes]
        return all(said[:half]) and not any(said[half:]), all(said[half:]) and not any(said[:half])

    assert backwards(scene.panes[0], result.forward) == (False, True)
    assert backwards(scene.panes[1], result.reverse) == (True, False)


def test_the_shipped_scene_says_the_same() -> None:
    header, _ = decode(SCENE.read_bytes())
    assert [pane["notes"] for pane in header["panes"][:2]] == [pane.notes for pane in compose(figure(OWN)).panes[:2]]


@SEEDS
@pytest.mark.promise("home-clouds-agree")
def test_the_learned_cloud_looks_like_the_forward_one_at_every_time(seed: int) -> None:
    many = 3_000  # more than are drawn, so that chance leaves a difference to be told
    forward, rows = figure(seed, many).forward, range(0, len(figure(seed, many).t), 4)

    def distances(cloud: Array) -> Array:
        return np.array([sliced_w2(forward[row], cloud[row]) for row in rows])

    floor = distances(figure(OWN + (seed - OWN + 1) % 3, many).forward).mean()

    def agree(trained: bool) -> bool:
        found = distances(figure(seed, many, trained).reverse)
        return bool(found.mean() < 1.5 * floor and found.max() < 2 * floor)  # trained, 0.9 and 1.3 times

    assert agree(trained=True)
    assert not agree(trained=False)


def cosines(first: Array, second: Array) -> Array:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) / np.maximum(lengths, 1e-12))


@SEEDS
@pytest.mark.promise("home-arrows-bend")
def test_arrows_point_to_the_centre_and_later_to_the_nearest_winding(seed: int) -> None:
    result = figure(seed)
    gaps = result.forward[0] - result.places[:, None]  # (places, data, 2)
    nearest = gaps[np.arange(len(gaps)), np.linalg.norm(gaps, axis=-1).argmin(axis=1)]
    inside = (np.linalg.norm(result.places, axis=1) < 1.6) & (np.linalg.norm(nearest, axis=1) > 0.1)

    def bend(early: float, late: float) -> bool:
        to_centre = cosines(result.drift[at(result, early)], -result.places)[
            np.linalg.norm(result.places, axis=1) > 0.1
        ]
        to_roll = cosines(result.drift[at(result, late)], nearest)[inside]
        return bool(to_centre.min() > 0.7 and (to_roll > 0.7).mean() > 0.75)  # all from 0.88 on, and 0.94 of them

    assert bend(0.6, 0.1)
    assert not bend(0.1, 0.6)


@SEEDS
@pytest.mark.promise("home-decided-late")
def test_particles_are_far_from_their_end_and_then_hardly_move(seed: int) -> None:
    reverse = figure(seed).reverse

    def settled(t: float) -> float:
        """The share of particles that are within half a gap between turns of where they end."""
        moved = np.linalg.norm(reverse[at(figure(seed), t)] - reverse[0], axis=1)
        return float((moved < GAP / 2).mean())

    def decided_late(early: float, late: float) -> bool:
        return settled(early) < 0.3 and settled(late) > 0.85  # 0.16, and 0.97

    assert decided_late(0.5, 0.1)
    assert not decided_late(0.1, 0.5)
