"""`diffviz distill`: a student learns from a network to need few calls, and is written with its card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from diffviz.commands.job import SEED, check_path, drain, training_data
from diffviz.commands.settings import changed_card, entry
from diffviz.config import ConfigError, quoted
from diffviz.networks.device import best_device
from diffviz.pretrained import digits
from diffviz.pretrained.card import built
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.pretrained.students import STUDENTS, teacher_path
from diffviz.runs.job import student_job
from diffviz.student import Method
from diffviz.training.loop import Progress
from diffviz.training.resume import ResumeState


@dataclass(frozen=True)
class DistillOptions:
    """What stands on the command line; `command` is the line itself, which goes onto the card."""

    method: str
    data: str
    path: Path
    teacher: Path | None = None
    settings: tuple[str, ...] = ()
    points: str = "8000"
    seed: str = "0"
    half: bool = False
    resume: bool = False
    as_json: bool = False
    command: str = ""


def distill_command(options: DistillOptions) -> None:
    """Teach a student as the options say; raises `ConfigError` for those that make no sense."""
    check_path(options.path)
    torch.set_num_threads(1)
    method = chosen_method(options.method, options.settings)
    seed = SEED.parse("seed", options.seed, int)
    points, _, name = training_data(options.data, options.points, seed)
    chosen = options.teacher or teacher_path(options.data)
    if options.teacher is None and not chosen.is_file():
        raise ConfigError(f"No network for {quoted(options.data)} comes with the lab, so a teacher must be named.")
    teacher, taught_by = load_checkpoint(chosen)
    if taught_by.shape != tuple(points.shape[1:]):
        raise ConfigError(f"{chosen.name} is a network for points of shape {taught_by.shape}, and these data are not.")

    images = points.ndim == 4
    more = {"features": digits.classifier().requires_grad_(False).features} if method.needs_features and images else {}

    def loop(state: ResumeState | None) -> Iterator[Progress]:
        return method.learn(teacher, points, seed, device=best_device(), resume=state, **more)

    job = student_job(method.state(teacher, seed), loop, seed=seed, data=name, teacher=taught_by, half=options.half)
    drain(
        job,
        method.total_steps,
        path=options.path,
        data=name,
        command=options.command,
        resume=options.resume,
        as_json=options.as_json,
    )


def chosen_method(text: str, settings: Sequence[str]) -> Method:
    """A method with its parameters after a colon, and each NAME=VALUE put in place."""
    method = entry(text, STUDENTS, "method")
    return built(type(method), changed_card(method, settings))
