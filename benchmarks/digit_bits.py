"""Bits per dimension of real digits under the shipped network before autoguidance: `python -m benchmarks.digit_bits`.

Writes assets/mnist/bits.json: by the flow's change of variables from several earliest times, and by evidence lower
bounds whose last term counts 8-bit pixels, over the first digits of the test part. A few minutes of one core.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.data import MNIST
from diffviz.estimate import Estimate
from diffviz.grids import UniformTime
from diffviz.likelihood.divergence import HutchinsonDivergence
from diffviz.likelihood.elbo import PIXEL_BIN, ELBOTerms, elbo_terms
from diffviz.likelihood.flow_ode import LogLikelihood, bits_per_dimension, flow_log_likelihood
from diffviz.likelihood.reverse_variance import PosteriorVariance, ReverseVariance, forward_variance
from diffviz.noise import Stream, stream
from diffviz.pretrained.digits import FOLDER, unguided_network
from diffviz.samplers import RK45

DIGITS, BATCH, SEED = 64, 16, 0
PROBES, TOLERANCE = 4, 1e-4
EARLIEST = (0.001, 0.002, 0.005, 0.01)
STEPS = (100, 1000)


def by_flow(digits: Tensor, earliest: float) -> dict[str, Any]:
    """Uniform dequantisation, Hutchinson's estimate, RK45."""
    began = time.process_time()
    model = unguided_network()
    offsets = stream(SEED, 0, 0, Stream.DEQUANTISATION).random(tuple(digits.shape)) - 0.5
    spread = digits + PIXEL_BIN * torch.from_numpy(offsets).to(digits)
    times = np.array([earliest, model.schedule.t_max])
    runs: list[LogLikelihood] = []
    for k, part in enumerate(spread.split(BATCH)):
        probes = HutchinsonDivergence(PROBES, seed=SEED + k)
        runs.append(flow_log_likelihood(model, part, RK45(tolerance=TOLERANCE), probes, times=times))
    size = digits[0].numel()
    bits = bits_per_dimension(torch.cat([run.mean for run in runs]), size, PIXEL_BIN)
    by_probe = torch.cat([run.values for run in runs], dim=1).mean(1) / (size * np.log(2))
    return _row(bits, began) | {
        "t_min": earliest,
        "sigma": round(float(model.schedule.sigma(earliest)), 5),
        "probe_error": round(float(by_probe.std() / PROBES**0.5), 4),
        "nfe": round(float(np.mean([run.path.nfe for run in runs]))),
    }


def by_bound(digits: Tensor, steps: int, name: str, variance: ReverseVariance) -> dict[str, Any]:
    """The negative evidence lower bound with L_0 over pixels, on a grid even in time."""
    began = time.process_time()
    model = unguided_network()
    grid = UniformTime().times(model.schedule, steps)
    parts = [elbo_terms(model, part, grid, variance, SEED + k, PIXEL_BIN) for k, part in enumerate(digits.split(BATCH))]
    total = torch.cat([part.total for part in parts]) / (digits[0].numel() * np.log(2))
    return _row(ELBOTerms.estimate(total), began) | {"variance": name, "steps": steps, "nfe": steps + 1}


def _row(bits: Estimate, began: float) -> dict[str, Any]:
    return {
        "bits": round(bits.mean, 4),
        "error": round(bits.error, 4),
        "seconds": round(time.process_time() - began, 1),
    }


def main() -> None:
    """Measure, print and write all rows."""
    torch.set_num_threads(1)
    digits, schedule = MNIST().load("test").points[:DIGITS], unguided_network().schedule
    table: dict[str, Any] = {
        "command": "python -m benchmarks.digit_bits",
        "digits": DIGITS,
        "probes": PROBES,
        "tolerance": TOLERANCE,
        "flow": [],
        "bound": [],
    }
    for earliest in EARLIEST:
        table["flow"].append(by_flow(digits, earliest))
        print(table["flow"][-1], flush=True)
    for steps in STEPS:
        for name, variance in (("β", forward_variance), ("β̃", PosteriorVariance(schedule))):
            table["bound"].append(by_bound(digits, steps, name, variance))
            print(table["bound"][-1], flush=True)
    (FOLDER / "bits.json").write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
