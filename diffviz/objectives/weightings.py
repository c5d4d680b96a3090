"""How much each noise level counts, written as the weight on the x0 error that it amounts to.

With SNR = alpha² / sigma², the losses of the literature differ only by this weight (Salimans and Ho 2022, section 4;
Kingma and Gao 2023, table 1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from diffviz.config import Entry, Range
from diffviz.networks.targets import Target


@dataclass(frozen=True)
class Weighting(Entry, ABC):
    """A weight for each time; subclasses say it for the x0 error."""

    @abstractmethod
    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """Weight of |x0 - x0_hat|², from the SNR and slope = g² / sigma² = -2 d lambda / dt, each (B,)."""

    def on_output(self, target: Target, alpha: Tensor, sigma: Tensor, slope: Tensor) -> Tensor:
        """Weight of the squared error of the network's own output, (B,)."""
        return self.on_x0((alpha / sigma) ** 2, slope) * target.x0_error_ratio(alpha, sigma)


@dataclass(frozen=True)
class UniformWeighting(Weighting):
    """Every time counts alike, in the units of the network's output."""

    title: ClassVar[str] = "Plain"
    paper: ClassVar[str] = "Ho et al. 2020, equation 14"
    latex: ClassVar[str] = r"\lVert y-\hat y_\theta\rVert^2"

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """1 for every time: the weight that leaves an x0 output's error as it is."""
        return torch.ones_like(snr)

    def on_output(self, target: Target, alpha: Tensor, sigma: Tensor, slope: Tensor) -> Tensor:
        """1 for every time, whichever output the network has."""
        return torch.ones_like(alpha)


@dataclass(frozen=True)
class SNRWeighting(Weighting):
    """The error of the noise, whatever the network puts out."""

    title: ClassVar[str] = "SNR (noise error)"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4"
    latex: ClassVar[str] = r"\mathrm{SNR}\,\lVert x_0-\hat x_0\rVert^2=\lVert\epsilon-\hat\epsilon\rVert^2"

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """SNR, as eps - eps-hat is sqrt(SNR) times x0 - x0-hat."""
        return snr


@dataclass(frozen=True)
class TruncatedSNRWeighting(Weighting):
    """The noise error, but never less than the data error: nothing is forgotten where only noise is seen."""

    title: ClassVar[str] = "Truncated SNR"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4"
    latex: ClassVar[str] = r"\max(\mathrm{SNR},1)\,\lVert x_0-\hat x_0\rVert^2"

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """The larger of SNR and 1: of the noise error and the data error."""
        return snr.clamp(min=1)


@dataclass(frozen=True)
class SNRPlusOneWeighting(Weighting):
    """The plain loss on the velocity, for a variance-preserving schedule."""

    title: ClassVar[str] = "SNR + 1 (velocity error)"
    paper: ClassVar[str] = "Salimans and Ho 2022, section 4"
    latex: ClassVar[str] = r"(\mathrm{SNR}+1)\,\lVert x_0-\hat x_0\rVert^2"

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """SNR + 1, the velocity error where alpha² + sigma² = 1."""
        return snr + 1


@dataclass(frozen=True)
class MinSNRWeighting(Weighting):
    """The noise error, held down where the task is easy."""

    title: ClassVar[str] = "Min-SNR"
    paper: ClassVar[str] = "Hang et al. 2023, section 3"
    latex: ClassVar[str] = r"\min(\mathrm{SNR},\gamma)\,\lVert x_0-\hat x_0\rVert^2"

    cap: Annotated[float, Range(0.1, 100.0, label="γ", log=True, help="Largest weight.")] = 5.0

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """SNR up to `cap`, the gamma of the paper."""
        return snr.clamp(max=self.cap)


@dataclass(frozen=True)
class SigmoidWeighting(Weighting):
    """A smooth step over log SNR on the noise error: details below the eye's threshold count less."""

    title: ClassVar[str] = "Sigmoid"
    paper: ClassVar[str] = "Kingma and Gao 2023, the section on experiments"
    latex: ClassVar[str] = r"\mathrm{sigmoid}(b-\log\mathrm{SNR})\,\lVert\epsilon-\hat\epsilon\rVert^2"

    bias: Annotated[float, Range(-10.0, 10.0, label="b", help="The log SNR at which the weight is one half.")] = 2.0

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """SNR sigmoid(bias - log SNR): the noise error times a step that falls with the SNR."""
        return snr * torch.sigmoid(self.bias - snr.log())


@dataclass(frozen=True)
class LikelihoodWeighting(Weighting):
    """g²: the weight under which the loss bounds the negative log-likelihood."""

    title: ClassVar[str] = "Likelihood g²"
    paper: ClassVar[str] = "Song et al. 2021 (maximum likelihood training), theorem 1"
    latex: ClassVar[str] = (
        r"g^2\,\lVert s-\hat s_\theta\rVert^2=\tfrac{g^2}{\sigma_t^2}\lVert\epsilon-\hat\epsilon\rVert^2"
    )

    def on_x0(self, snr: Tensor, slope: Tensor) -> Tensor:
        """SNR g² / sigma²: g² on the score's error, in units of the x0 error."""
        return snr * slope


WEIGHTINGS: dict[str, type[Weighting]] = {
    "plain": UniformWeighting,
    "snr": SNRWeighting,
    "truncated-snr": TruncatedSNRWeighting,
    "snr-plus-one": SNRPlusOneWeighting,
    "min-snr": MinSNRWeighting,
    "sigmoid": SigmoidWeighting,
    "likelihood": LikelihoodWeighting,
}
