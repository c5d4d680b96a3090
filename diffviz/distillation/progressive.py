"""Progressive distillation: a student learns to do in one step what its teacher does in two, and teaches the next."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffviz.config import Choice, ConfigError, Flag, Range
from diffviz.distillation.double_step import GRID, DoubleStep
from diffviz.networks import radius
from diffviz.networks.device import CPU
from diffviz.noise import Stream, torch_generator
from diffviz.objectives import TARGETS, Denoising, Level, TrainingBatch, Weighting
from diffviz.objectives.denoising import regression
from diffviz.objectives.weightings import SNRPlusOneWeighting, SNRWeighting, TruncatedSNRWeighting
from diffviz.protocols import Noise, Schedule
from diffviz.samplers import DDIM, sample
from diffviz.scores.learned import LearnedScore
from diffviz.student import Method
from diffviz.training.adamw import AdamW
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import Progress, TrainState, cosine_rate
from diffviz.training.resume import ResumeState
from diffviz.trajectory import Trajectory

MOST = 1024  # steps of the first teacher
WARMUP = 20  # training steps of each round over which the rate rises
_BLOCK = 1 << 16  # numbers drawn at a time

DISTILLATION_TARGETS = {slug: TARGETS[slug] for slug in ("v", "x0", "eps")}
DISTILLATION_WEIGHTINGS: dict[str, type[Weighting]] = {
    "snr-plus-one": SNRPlusOneWeighting,
    "truncated-snr": TruncatedSNRWeighting,
    "snr": SNRWeighting,
}


class ProgressiveStudent:
    """DDIM with a network of its own for each number of steps, on the grid that this network was distilled on."""

    def __init__(self, models: Mapping[int, LearnedScore]) -> None:
        self.models = dict(models)

    @property
    def schedule(self) -> Schedule:
        """The teacher's."""
        return next(iter(self.models.values())).schedule

    @property
    def budgets(self) -> tuple[int, ...]:
        """The numbers of steps, a call each, rising."""
        return tuple(sorted(self.models))

    def run(self, x: Tensor, calls: int, noise: Noise) -> Trajectory:
        """From x (B, *D) at t_max in so many steps; `ConfigError` for a number that there was no round for."""
        if calls not in self.models:
            known = ", ".join(map(str, self.budgets))
            raise ConfigError(f"This student has learned to take {known} steps, not {calls}.")
        return sample(DDIM(), self.models[calls], x, GRID.times(self.schedule, calls), noise)


class ProgressiveState:
    """A network for each round, in the order of the rounds; at first each is the teacher's."""

    def __init__(self, settings: ProgressiveDistillation, teacher: TrainState, seed: int) -> None:
        self._settings = settings
        self._networks = {calls: _network(settings, teacher, seed) for calls in settings.rounds}
        self._student = ProgressiveStudent({calls: network.model for calls, network in self._networks.items()})

    @property
    def settings(self) -> ProgressiveDistillation:
        """How it learns."""
        return self._settings

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights of all rounds as they are, end to end."""
        return torch.cat([network.initial for network in self._networks.values()])

    def load(self, weights: Tensor) -> ProgressiveStudent:
        """Put the weights of all rounds in place; `ConfigError` if they are of another student."""
        have, need = weights.numel(), sum(network.parameters.values.numel() for network in self._networks.values())
        if have != need:
            raise ConfigError(f"These are {have:,} weights, and the student has {need:,}: it is another one.")
        for network, part in zip(self._networks.values(), weights.chunk(len(self._networks)), strict=True):
            network.load(part)
        return self._student

    def tensors(self) -> dict[str, Tensor]:
        """Those of every round's network, under its number of steps."""
        return {
            f"{calls}.{name}": tensor
            for calls, network in self._networks.items()
            for name, tensor in network.network.state_dict().items()
        }


@dataclass(frozen=True)
class DistillationProgress(Progress):
    """Where distillation stands: after `round_step` of `round_steps` of the round to `calls` steps of DDIM."""

    calls: int = 0
    round_step: int = 0
    round_steps: int = 0


@dataclass(frozen=True)
class ProgressiveDistillation(Method):
    """Rounds in which the steps of DDIM halve: a student starts as its teacher, and is the teacher of the next round.

    start: steps of the first teacher. end: of the last student. Both are powers of two. A student with another target
    than the teacher's starts from the teacher's weights too, and learns to answer otherwise in its first round.
    printed: with the target that the lecture notes print: the teacher's own prediction, so that nothing is distilled.
    """

    title: ClassVar[str] = "Progressive distillation"
    paper: ClassVar[str] = "Salimans and Ho 2022, algorithm 2"
    latex: ClassVar[str] = (
        r"\tilde x=\frac{z_{t''}-(\sigma_{t''}/\sigma_t)\,z_t}{\alpha_{t''}-(\sigma_{t''}/\sigma_t)\,\alpha_t}"
    )

    start: Annotated[int, Range(2, MOST, label="Teacher's steps", log=True, help="A power of two.")] = 64
    end: Annotated[int, Range(1, MOST // 2, label="Last student's steps", log=True, help="A power of two.")] = 1
    target: Annotated[str, Choice.among(DISTILLATION_TARGETS, "Target", "What the student's network puts out.")] = "v"
    batch: Annotated[int, Range(16, 16384, label="Batch", log=True, help="Points drawn for each step.")] = 512
    steps: Annotated[
        int, Range(1, 1_000_000, label="Training steps a round", log=True, help="Of every round but the last two.")
    ] = 1_000
    longer: Annotated[
        int, Range(1, 16, label="Last rounds", help="How many times as long the rounds to 2 steps and to 1 are.")
    ] = 2
    rate: Annotated[
        float, Range(1e-5, 0.1, label="Learning rate", log=True, help="The highest; it falls to 0 in every round.")
    ] = 3e-3
    averaging: Annotated[
        float, Range(0.0, 100.0, label="Averaging", help="Power of the weight average: higher is shorter.")
    ] = 12.0
    printed: Annotated[bool, Flag(label="Target as printed", help="The notes' line, which distils nothing.")] = False
    weighting: Weighting = field(default_factory=SNRPlusOneWeighting)

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(steps & (steps - 1) for steps in (self.start, self.end)) or self.end >= self.start:
            raise ConfigError(f"Steps halve from a power of two to a smaller one, not from {self.start} to {self.end}.")

    @property
    def rounds(self) -> tuple[int, ...]:
        """The steps that the student of each round is to take, falling."""
        return tuple(self.start >> k for k in range(1, int(math.log2(self.start // self.end)) + 1))

    def training_steps(self, calls: int) -> int:
        """How long the round to so many steps of DDIM is."""
        return self.steps * (self.longer if calls <= 2 else 1)

    @property
    def total_steps(self) -> int:
        """Of all rounds."""
        return sum(map(self.training_steps, self.rounds))

    def state(self, teacher: TrainState, seed: int) -> ProgressiveState:
        """A student that knows as much in every round as the teacher does."""
        return ProgressiveState(self, teacher, seed)

    def learn(
        self,
        teacher: TrainState,
        points: Tensor,
        seed: int,
        *,
        device: torch.device = CPU,
        resume: ResumeState | None = None,
    ) -> Iterator[DistillationProgress]:
        """Round after round; what is yielded are the weights of all of them, end to end."""
        data = torch.as_tensor(points, dtype=torch.float32)
        if not len(data) or tuple(data.shape[1:]) != teacher.network.shape:
            raise ConfigError(f"This teacher needs points of {teacher.network.shape}, got {tuple(data.shape)}.")
        training = _Training(self, teacher, seed, device, resume)
        first, total, spent, last = training.step, self.total_steps, 0.0, time.perf_counter()
        for x0, eps, share in islice(_draws(data, self.batch, total, seed), first, None):
            loss = training.advance(x0.to(device), eps.to(device), share.to(device))
            spent += time.perf_counter() - last
            yield DistillationProgress(
                step=training.step,
                steps=total,
                loss=loss,
                smooth_loss=training.smooth_loss,
                lam=np.empty(0),
                lam_loss=np.empty(0),
                rate=(training.step - first) / spent,
                weights=training.weights.flatten().clone(),
                capture=training.capture,
                calls=training.calls,
                round_step=training.round_step,
                round_steps=training.round_steps,
            )
            last = time.perf_counter()


class _Training:
    """All that distillation holds. weights: (rounds, P), the averages of the rounds so far, then the teacher's."""

    def __init__(
        self,
        settings: ProgressiveDistillation,
        teacher: TrainState,
        seed: int,
        device: torch.device,
        resume: ResumeState | None,
    ) -> None:
        self.settings, self.device = settings, device
        self._teachers = [TrainState(teacher.settings, teacher.network.shape, seed, device)]
        self._teachers[0].inherit(teacher)
        self._teachers += [_network(settings, teacher, seed, device)]
        self.learner = _network(settings, teacher, seed, device)
        self.weights = torch.stack([self.learner.initial.to(CPU)] * len(settings.rounds))
        self.step, self.smooth_loss = 0, 0.0
        self._round = -1
        self.round_step = self.round_steps = 0
        if resume is not None:
            assert resume.beside is not None
            self.step, self.smooth_loss = resume.step, resume.smooth_loss
            self.weights = resume.beside.reshape(self.weights.shape).clone()
            left = resume.step
            while left > 0:
                self._begin_round()
                left -= self.round_steps
            self.round_step = left + self.round_steps
            replace(resume, step=self.round_step).restore(self.optimiser, self.average)

    @property
    def calls(self) -> int:
        """The steps of DDIM that this round's student is to take."""
        return self.settings.rounds[self._round]

    def advance(self, x0: Tensor, eps: Tensor, share: Tensor) -> float:
        """One training step, on points and noise (B, *D), at steps of DDIM that lie at shares (B,) of all; the loss."""
        if self.round_step == self.round_steps:
            self._begin_round()
        self.step += 1
        self.round_step += 1
        batch = self._batch(x0, eps, share)
        loss, _ = regression(self.learner.network.forward(batch.x, batch.t), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step(cosine_rate(self.settings.rate, self.round_step, self.round_steps, WARMUP))
        self.average.update(self.learner.parameters.values, self.round_step)
        self.weights[self._round] = self.average.weights
        value = loss.item()
        self.smooth_loss += max(0.02, 1 / self.round_step) * (value - self.smooth_loss)
        return value

    def capture(self) -> ResumeState:
        """Of this round as of any training; `beside` are the weights of all rounds."""
        state = ResumeState.capture(self.optimiser, self.average, self.smooth_loss, beside=self.weights.flatten())
        return replace(state, step=self.step)

    def _begin_round(self) -> None:
        """The student of the last round teaches, and the next one starts with its weights."""
        self._round += 1
        self.round_step, self.round_steps = 0, self.settings.training_steps(self.calls)
        if self._round:
            self.learner.load(self.weights[self._round - 1])
            self._teachers[-1].load(self.weights[self._round - 1])
            self._teachers = self._teachers[-1:]
        self.teacher = self._teachers[0].model
        self.optimiser = AdamW(self.learner.parameters, (0.9, self.learner.settings.beta2), 0.0)
        self.average = PowerEMA(self.learner.parameters.values, self.settings.averaging)
        schedule, target = self.teacher.schedule, TARGETS[self.settings.target]
        self.double_step = DoubleStep.all(schedule, self.calls)
        alpha, sigma = self.double_step.start.alpha, self.double_step.start.sigma
        slope = torch.ones_like(alpha)
        self.loss_weight = self.settings.weighting.on_output(target, Level(alpha, sigma, slope))

    def _batch(self, x0: Tensor, eps: Tensor, share: Tensor) -> TrainingBatch:
        """Noisy points at the starts of the steps at shares (B,), and what the network is to put out there."""
        step = self.double_step.at(share, x0)
        alpha, sigma = step.start.alpha, step.start.sigma
        z = alpha * x0 + sigma * eps
        with torch.no_grad():
            if self.settings.printed:  # the target of the printed line is the teacher's own prediction
                wanted = self.teacher.predict(z, step.start.t).x0
            else:
                wanted = step.target(z, step.teacher_end(self.teacher, z))
        output = TARGETS[self.settings.target].value(wanted, (z - alpha * wanted) / sigma, alpha, sigma)
        return TrainingBatch(
            z / radius(alpha, sigma), step.start.t, output, self.loss_weight[self.double_step.which(share)]
        )


def _network(
    settings: ProgressiveDistillation, teacher: TrainState, seed: int, device: torch.device = CPU
) -> TrainState:
    """A network like the teacher's with its weights, read as the student's target."""
    training = replace(teacher.settings, objective=Denoising(settings.target))
    network = TrainState(training, teacher.network.shape, seed, device)
    network.inherit(teacher)
    return network


def _draws(data: Tensor, batch: int, steps: int, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Points, noise (B, *D) and shares (B,) of all steps of DDIM, evenly spread, for every training step."""
    generator = torch_generator(seed, Stream.STUDENT_BATCHES)
    block = max(1, min(64, _BLOCK // (batch * data[0].numel())))
    for done in range(0, steps, block):
        x0 = data[torch.randint(len(data), (block, batch), generator=generator)]
        eps = torch.randn(x0.shape, generator=generator)
        shares = (torch.arange(batch) + torch.rand((block, 1), generator=generator)) / batch
        yield from islice(zip(x0, eps, shares, strict=True), steps - done)


SHIPPED_2D = ProgressiveDistillation(batch=1024, steps=3_000)
SHIPPED_DIGITS = ProgressiveDistillation(start=32, end=4, batch=32, steps=300, rate=1e-3)
