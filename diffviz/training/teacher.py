"""A network whose answers another learns, in place of the drawn target."""

from __future__ import annotations

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.scores.learned import LearnedScore


class Teacher:
    """The output y(x, t) that a network learns to give, of the same target, schedule and shape as its own.

    model: with labels, each batch is asked with the labels that it was drawn with. The mean of those answers over the
    labels that x_t leaves open is the same E[y | x_t] as that of drawn targets, with less variance (Xu et al. 2023 do
    so with a reference batch in place of a network). Without, its own answer is learned.

    weaker, guidance: autoguidance (Karras et al. 2024, "Guiding a diffusion model with a bad version of itself",
    equation 3): the target is y + guidance (y - y_weaker), away from what a network that has learned less gets wrong in
    the same way. One network learns it as one of labels learns a guided one (Meng et al. 2023, section 3.1).

    Raises `ConfigError` for networks that do not belong together.
    """

    def __init__(self, model: LearnedScore, weaker: LearnedScore | None = None, guidance: float = 0.0) -> None:
        if (weaker is None) != (guidance == 0):
            raise ConfigError("Autoguidance needs both a weaker network and a weight other than 0.")
        if weaker is not None and (_question(weaker) != _question(model) or _classes(model) or _classes(weaker)):
            raise ConfigError("The weaker network must answer the same as the teacher, and both without labels.")
        self.model, self.weaker, self.guidance = model, weaker, guidance
        self.classes = _classes(model)

    def check(self, student: LearnedScore) -> None:
        """Raise `ConfigError` if the student cannot learn from it."""
        if _classes(student):
            raise ConfigError("Who learns from a teacher must be a network without labels.")
        if _question(self.model) != _question(student):
            raise ConfigError("A teacher must have the same target, schedule and shape as who learns from it.")

    @torch.no_grad()
    def output(self, x: Tensor, t: Tensor, *label: Tensor) -> Tensor:
        """What is to be learned at x (B, *D), t (B,), and label (B,) for a network of labels."""
        answer: Tensor = self.model.network(x, t, *label)
        return answer if self.weaker is None else answer.lerp(self.weaker.network(x, t), -self.guidance)


def _classes(model: LearnedScore) -> int:
    return int(getattr(model.network, "classes", 0))


def _question(model: LearnedScore) -> tuple[object, ...]:
    """What an output is an answer to."""
    return model.target, repr(model.schedule), getattr(model.network, "shape", None)
