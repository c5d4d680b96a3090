"""The judges of digits: an interval that is right, a second judge that can read, and that only the report asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.judges import PATH, ask_second_judge, share_interval, varied
from diffviz.data import MNIST
from diffviz.locations import ROOT


def test_the_interval_of_a_share_is_wilsons():
    """The share's ends are where the normal test of the true share just rejects the one seen."""
    seen, low, high = share_interval(0.92, 500)
    assert seen == 0.92 and low < seen < high
    for end in (low, high):
        assert abs(seen - end) == pytest.approx(1.96 * np.sqrt(end * (1 - end) / 500))


def test_the_interval_stays_within_zero_and_one():
    assert share_interval(1.0, 20).high == pytest.approx(1) and share_interval(1.0, 20).low < 1
    assert share_interval(0.0, 20).low == pytest.approx(0) and share_interval(0.0, 20).high > 0


def test_a_varied_digit_is_the_same_for_the_same_generator_and_stays_on_paper():
    blank, generator = torch.full((4, 1, 28, 28), -1.0), torch.Generator()
    assert torch.equal(varied(blank, generator.manual_seed(0)), blank)
    digit = torch.rand(4, 1, 28, 28, generator=generator) * 2 - 1
    one, other = (varied(digit, generator.manual_seed(seed)) for seed in (1, 1))
    assert torch.equal(one, other) and not torch.equal(one, digit) and one.abs().max() <= 1 + 1e-6


@pytest.mark.usefixtures("real_digits")
def test_the_second_judge_reads_99_of_100_test_digits():
    test = MNIST().load("test")
    output = ask_second_judge(test.points)
    assert output.accuracy(test.labels) >= 0.99 and output.confident_share > 0.98


def test_the_second_judge_is_small():
    assert PATH.stat().st_size < 1.5e6


def test_only_reports_ask_the_second_judge():
    files = [path for folder in ("benchmarks", "diffviz", "pages", "tests") for path in (ROOT / folder).rglob("*.py")]
    asking = {path.name for path in files if "ask_second_judge" in path.read_text(encoding="utf-8")}
    assert asking == {"judges.py", "digit_quality.py", "live_digits.py", Path(__file__).name}
