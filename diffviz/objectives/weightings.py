"""How much each noise level counts, written as the weight on the x0 error that it amounts to.

With SNR = alpha² / sigma², the losses of the literature differ only by this weight (Salimans and Ho 2022, section 4;
Kingma and Gao 2023, table 1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor

from diffviz.config import Entry, Range
from diffviz.networks.targets import Target


class Level(NamedTuple):
    """Noise levels, (B,) each: alpha, sigma, and slope = g² / sigma² = -d log SNR / dt = -2 d lambda / dt."""

    alpha: Tensor
    sigma: Tensor
    slope: Tensor

    @property
    def snr(self) -> Tensor:
        """alpha² / sigma²."""
        return (self.alpha / self.sigma) ** 2


@dataclass(frozen=True)
class Weighting(Entry, ABC):
    """A weight for each time; subclasses say it for the x0 error."""

    @abstractmethod
    def on_x0(self, at: Level) -> Tensor:
        """Weight of |x0 - x0_hat|², (B,)."""

    def on_output(self, target: Target, at: Level) -> Tensor:
        """Weight of the squared error of the network's own output, (B,)."""
        return self.on_x0(at) * target.x0_error_ratio(at.alpha, at.sigma)


@dataclass(frozen=True)
class LamWeighting(Weighting, ABC):
    """A weight on the noise error that is given over log SNR, and so does not depend on the schedule.

    The loss is the integral of w(log SNR) |eps - eps_hat|² over log SNR. Drawn over t, it needs the factor
    -d log SNR / dt, the Jacobian of the change of variable (Kingma and Gao 2023, section 2).
    """

    @abstractmethod
    def over(self, log_snr: Tensor) -> Tensor:
        """w at log SNR = 2 lambda, in its shape."""

    def on_x0(self, at: Level) -> Tensor:
        """SNR w(log SNR) (-d log SNR / dt)."""
        return at.snr * at.slope * self.over(at.snr.log())


@dataclass(frozen=True)
class UniformWeighting(Weighting):
    """Every time counts alike, in the units of the network's output."""

    title: ClassVar[str] = "Plain"
    paper: ClassVar[str] = "Ho et al. 2020, equation 14"
    latex: ClassVar[str] = r"\lVert y-\hat y_\theta\rVert^2"

    def on_x0(self, at: Level) -> Tensor:
        """1 for every time: the weight that leaves an x0 output's error as it is."""
        return torch.ones_like(at.alpha)

    def on_output(self, target: Target, at: Level) -> Tensor:
        """1 for every time, whichever output the network has."""
        return torch.ones_like(at.alpha)


@dataclass(frozen=True)
class SNRWeighting(Weighting):
    """The error of the noise, whatever the network puts out."""

    title: ClassVar[str] = "SNR (noise error, σ² on the score)"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4; Song and Ermon 2019, section 4.2"
    latex: ClassVar[str] = (
        r"\mathrm{SNR}\,\lVert x_0-\hat x_0\rVert^2=\lVert\epsilon-\hat\epsilon\rVert^2"
        r"=\sigma_t^2\lVert s-\hat s_\theta\rVert^2"
    )

    def on_x0(self, at: Level) -> Tensor:
        """SNR, as eps - eps-hat is sqrt(SNR) times x0 - x0-hat."""
        return at.snr


@dataclass(frozen=True)
class TruncatedSNRWeighting(Weighting):
    """The noise error, but never less than the data error: nothing is forgotten where only noise is seen."""

    title: ClassVar[str] = "Truncated SNR"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4"
    latex: ClassVar[str] = r"\max(\mathrm{SNR},1)\,\lVert x_0-\hat x_0\rVert^2"

    def on_x0(self, at: Level) -> Tensor:
        """The larger of SNR and 1: of the noise error and the data error."""
        return at.snr.clamp(min=1)


@dataclass(frozen=True)
class SNRPlusOneWeighting(Weighting):
    """The plain loss on the velocity, for a variance-preserving schedule."""

    title: ClassVar[str] = "SNR + 1 (velocity error)"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4"
    latex: ClassVar[str] = r"(\mathrm{SNR}+1)\,\lVert x_0-\hat x_0\rVert^2"

    def on_x0(self, at: Level) -> Tensor:
        """SNR + 1, the velocity error where alpha² + sigma² = 1."""
        return at.snr + 1


@dataclass(frozen=True)
class MinSNRWeighting(Weighting):
    """The noise error, held down where the task is easy."""

    title: ClassVar[str] = "Min-SNR"
    paper: ClassVar[str] = "Hang et al. 2023, section 3"
    latex: ClassVar[str] = r"\min(\mathrm{SNR},\gamma)\,\lVert x_0-\hat x_0\rVert^2"

    cap: Annotated[float, Range(0.1, 100.0, label="γ", log=True, help="Largest weight.")] = 5.0

    def on_x0(self, at: Level) -> Tensor:
        """SNR up to `cap`, the gamma of the paper."""
        return at.snr.clamp(max=self.cap)


@dataclass(frozen=True)
class ScoreWeighting(Weighting):
    """The error of the score itself: nearly all weight lies where there is least noise."""

    title: ClassVar[str] = "1 (score error)"
    paper: ClassVar[str] = "Song and Ermon 2019, equation 5"
    latex: ClassVar[str] = r"\lVert s-\hat s_\theta\rVert^2=\tfrac1{\sigma_t^2}\lVert\epsilon-\hat\epsilon\rVert^2"

    def on_x0(self, at: Level) -> Tensor:
        """SNR / sigma², as the score's error is that of the noise over sigma."""
        return at.snr / at.sigma**2


@dataclass(frozen=True)
class SigmoidWeighting(LamWeighting):
    """A smooth step over log SNR on the noise error: details below the eye's threshold count less."""

    title: ClassVar[str] = "Sigmoid"
    paper: ClassVar[str] = "Kingma and Gao 2023, the sections on the weighted loss and on experiments"
    latex: ClassVar[str] = (
        r"\mathrm{sigmoid}(b-\ell)\,\big(-\tfrac{\mathrm d\ell}{\mathrm dt}\big)\,"
        r"\lVert\epsilon-\hat\epsilon\rVert^2,\quad\ell=\log\mathrm{SNR}=2\lambda"
    )

    bias: Annotated[float, Range(-10.0, 10.0, label="b", help="The log SNR at which the weight is one half.")] = 2.0

    def over(self, log_snr: Tensor) -> Tensor:
        """A step that falls with the SNR."""
        return torch.sigmoid(self.bias - log_snr)


@dataclass(frozen=True)
class LikelihoodWeighting(LamWeighting):
    """g²: the weight under which the loss bounds the negative log-likelihood. Over log SNR it is even."""

    title: ClassVar[str] = "Likelihood g²"
    paper: ClassVar[str] = "Song et al. 2021 (maximum likelihood training), theorem 1"
    latex: ClassVar[str] = (
        r"g^2\,\lVert s-\hat s_\theta\rVert^2=\tfrac{g^2}{\sigma_t^2}\lVert\epsilon-\hat\epsilon\rVert^2"
        r"=-\tfrac{\mathrm d\log\mathrm{SNR}}{\mathrm dt}\lVert\epsilon-\hat\epsilon\rVert^2"
    )

    def over(self, log_snr: Tensor) -> Tensor:
        """1 at every log SNR (Kingma et al. 2021: the bound does not depend on the schedule)."""
        return torch.ones_like(log_snr)


WEIGHTINGS: dict[str, type[Weighting]] = {
    "plain": UniformWeighting,
    "score": ScoreWeighting,
    "snr": SNRWeighting,
    "truncated-snr": TruncatedSNRWeighting,
    "snr-plus-one": SNRPlusOneWeighting,
    "min-snr": MinSNRWeighting,
    "sigmoid": SigmoidWeighting,
    "likelihood": LikelihoodWeighting,
}
