"""How many digits a sampler draws clearly: more of them than are shown, counted batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from diffviz.estimate import Estimate, share_error
from diffviz.experiments.digits.measured import recorded
from diffviz.experiments.digits.sampling import DigitLaneConfig, draw_digits, fitted_sampler
from diffviz.metrics import classify_images
from diffviz.pretrained.digits import classifier

COUNTED, BATCH = 400, 20  # digits of a lane in all, and at a time


class CountedBatch(NamedTuple):
    """Of BATCH digits of one lane: how many are clear, and the mean of all their pixels, -1 for paper and 1 for ink."""

    lane: int
    clear: int
    pixel: float


class DigitCount(NamedTuple):
    """Of `counted` digits of one lane: the share of clear ones with its standard error, and the mean pixel."""

    counted: int
    clear: Estimate
    pixel: float


@cache
def real_digits() -> DigitCount:
    """The same of all real test digits, as `benchmarks.real_digits` measured it."""
    real = recorded("real-digits")
    return DigitCount(
        real["counted"], Estimate(real["clear"], share_error(real["clear"], real["counted"])), real["pixel"]
    )


def counted_batches(lanes: Sequence[DigitLaneConfig]) -> Iterator[CountedBatch]:
    """COUNTED digits of each lane, BATCH at a time, the lanes in turn; those of one round share their noise.

    Raises `ConfigError` if a sampler must measure the network on images that cannot be had.
    """
    samplers = [fitted_sampler(config) for config in lanes]
    for k in range(COUNTED // BATCH):
        for place, (config, sampler) in enumerate(zip(lanes, samplers, strict=True)):
            # Seeds of a page end at 99, so the digits of no other seed are counted again.
            images = draw_digits(sampler, config.lane, BATCH, 100 * (k + 1) + config.seed).final
            clear = round(BATCH * classify_images(classifier(), images).confident_share)
            yield CountedBatch(place, clear, float(images.clamp(-1, 1).mean()))


def summarize_counts(batches: Sequence[CountedBatch], lanes: int) -> list[DigitCount | None]:
    """What is known of each lane so far; None where nothing is."""
    return [_summary([batch for batch in batches if batch.lane == lane]) for lane in range(lanes)]


def _summary(batches: Sequence[CountedBatch]) -> DigitCount | None:
    if not batches:
        return None
    count = BATCH * len(batches)
    share = sum(batch.clear for batch in batches) / count
    return DigitCount(
        count, Estimate(share, share_error(share, count)), sum(batch.pixel for batch in batches) / len(batches)
    )
