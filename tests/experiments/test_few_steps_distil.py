"""What is seen of distillation: the teacher, DDIM, and every round measured once it has ended."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import SwissRoll
from diffviz.distillation.progressive import ProgressiveDistillation
from diffviz.experiments.few_steps.distil import SHOWN, DistilConfig, DistilEvaluator, DistilObserver
from diffviz.scenes.few_steps.distil import compose

CONFIG = DistilConfig(settings=ProgressiveDistillation(start=8, end=2, steps=2, longer=1, batch=16))


def test_the_teacher_is_where_it_is_and_ddim_is_measured_at_the_steps_of_every_round() -> None:
    setting = DistilEvaluator(CONFIG).setting
    assert setting.teacher.measures.rmse == (0, 0) and setting.teacher.x.shape == (9, SHOWN, 2)
    assert {calls: paths.measures.calls for calls, paths in setting.ddim.items()} == {4: 4, 2: 2}
    assert 0 < setting.ddim[4].measures.rmse.mean < setting.ddim[2].measures.rmse.mean


def test_a_round_is_measured_as_it_ended_and_forgotten_when_training_begins_anew() -> None:
    judge = DistilEvaluator(CONFIG)
    state, observe = CONFIG.settings.state(judge.teacher, 0), DistilObserver(judge)
    looks = []
    for progress in CONFIG.settings.learn(judge.teacher, torch.from_numpy(judge.points).float(), 0):
        looks.append(observe(state.load(progress.weights), progress))
    assert [[one.calls for one in look.rounds] for look in looks] == [[4], [4], [4, 2], [4, 2]]
    assert looks[1].rounds[0] == looks[2].rounds[0] == looks[3].rounds[0] != looks[0].rounds[0]
    (first,) = islice(CONFIG.settings.learn(judge.teacher, torch.from_numpy(judge.points).float(), 0), 1)
    assert observe(state.load(first.weights), first).rounds == looks[0].rounds


def test_a_look_is_drawn_and_so_is_what_stands_before_training() -> None:
    judge = DistilEvaluator(CONFIG)
    state, observe = CONFIG.settings.state(judge.teacher, 0), DistilObserver(judge)
    (first,) = islice(CONFIG.settings.learn(judge.teacher, torch.from_numpy(judge.points).float(), 0), 1)
    before = compose(judge.setting, None, 2)
    live = compose(judge.setting, observe(state.load(first.weights), first), 4)
    assert [pane.title for pane in before.panes[:3]] == ["Teacher, 8 steps", "Student, 2 steps", "Teacher, 2 steps"]
    assert live.panes[1].title == "Student, 4 steps" and live.payload() != before.payload()


def test_data_without_a_shipped_network_are_refused() -> None:
    with pytest.raises(ConfigError, match="no shipped network"):
        DistilEvaluator(DistilConfig(SwissRoll(noise=0.123))).teacher  # noqa: B018
