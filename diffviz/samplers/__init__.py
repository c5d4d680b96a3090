"""Samplers: one file a family, one contract."""

from diffviz.samplers.base import LinearSampler, Move, Node, Sampler, prior, sample
from diffviz.samplers.ddim import DDIM
from diffviz.samplers.ddpm import DDPM
from diffviz.samplers.dpm_solver_pp import DPMSolverPP2M
from diffviz.samplers.euler import EulerMaruyama, FlowEuler, FlowHeun

SAMPLERS: dict[str, type[Sampler]] = {
    "ddpm": DDPM,
    "ddim": DDIM,
    "dpmpp-2m": DPMSolverPP2M,
    "euler-maruyama": EulerMaruyama,
    "flow-euler": FlowEuler,
    "flow-heun": FlowHeun,
}

__all__ = [
    "DDIM",
    "DDPM",
    "SAMPLERS",
    "DPMSolverPP2M",
    "EulerMaruyama",
    "FlowEuler",
    "FlowHeun",
    "LinearSampler",
    "Move",
    "Node",
    "Sampler",
    "prior",
    "sample",
]
