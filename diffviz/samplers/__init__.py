"""Samplers: one file a family, one contract."""

from diffviz.samplers.adaptive import DOP853, RK45
from diffviz.samplers.analytic import AnalyticDPM, ExtendedAnalyticDPM
from diffviz.samplers.base import LinearSampler, Move, Node, Sampler, StagedSampler, prior, sample
from diffviz.samplers.ddim import DDIM
from diffviz.samplers.ddpm import DDPM
from diffviz.samplers.dpm_solver import DPMSolver1, DPMSolver2, DPMSolver3
from diffviz.samplers.dpm_solver_pp import DPMSolverPP1, DPMSolverPP2M, DPMSolverPP2S, DPMSolverPP3M, DPMSolverPP3S
from diffviz.samplers.edm import EDM
from diffviz.samplers.euler import EulerMaruyama, ProbabilityFlowEuler, ReverseDiffusion
from diffviz.samplers.guidance import ClassifierGuidedDDPM
from diffviz.samplers.inverse import ConditionedSampler
from diffviz.samplers.langevin import AnnealedLangevin, Langevin
from diffviz.samplers.predictor_corrector import PredictorCorrector
from diffviz.samplers.runge_kutta import ProbabilityFlowHeun, ProbabilityFlowRK3, ProbabilityFlowRK4
from diffviz.samplers.sde_dpm_solver_pp import SDEDPMSolverPP1, SDEDPMSolverPP2M, SDEDPMSolverPP3M
from diffviz.samplers.sde_family import SDEFamily
from diffviz.samplers.unipc import UniPC2, UniPC3

# By what tells them apart first: whether a run draws noise, and how a step uses the network's answers.
FAMILIES: dict[str, dict[str, type[Sampler]]] = {
    "One call a step": {
        "ddim": DDIM,
        "flow-euler": ProbabilityFlowEuler,
        "dpm-1": DPMSolver1,
        "dpmpp-1": DPMSolverPP1,
    },
    "Multistep": {
        "dpmpp-2m": DPMSolverPP2M,
        "dpmpp-3m": DPMSolverPP3M,
        "unipc-2": UniPC2,
        "unipc-3": UniPC3,
    },
    "Singlestep": {
        "edm": EDM,
        "flow-heun": ProbabilityFlowHeun,
        "flow-rk3": ProbabilityFlowRK3,
        "flow-rk4": ProbabilityFlowRK4,
        "dpm-2": DPMSolver2,
        "dpm-3": DPMSolver3,
        "dpmpp-2s": DPMSolverPP2S,
        "dpmpp-3s": DPMSolverPP3S,
    },
    "Stochastic": {
        "ddpm": DDPM,
        "euler-maruyama": EulerMaruyama,
        "reverse-diffusion": ReverseDiffusion,
        "analytic": AnalyticDPM,
        "analytic-extended": ExtendedAnalyticDPM,
        "sde-family": SDEFamily,
        "sde-dpmpp-1": SDEDPMSolverPP1,
        "sde-dpmpp-2m": SDEDPMSolverPP2M,
        "sde-dpmpp-3m": SDEDPMSolverPP3M,
    },
    "Adaptive": {
        "rk45": RK45,
        "dop853": DOP853,
    },
    "Langevin": {
        "pc": PredictorCorrector,
        "annealed-langevin": AnnealedLangevin,
        "langevin": Langevin,
    },
}
SAMPLERS = {slug: kind for members in FAMILIES.values() for slug, kind in members.items()}

# Those that need more than their defaults: a classifier's gradient, or what is known of an image and its value.
CONDITIONAL_SAMPLERS: dict[str, type[Sampler]] = {
    "classifier-guided-ddpm": ClassifierGuidedDDPM,
    "conditioned": ConditionedSampler,
}

# Those that follow the probability flow in the steps of a given grid, and so both ways.
PROBABILITY_FLOW_SAMPLERS = {
    slug: kind for slug, kind in SAMPLERS.items() if not kind().stochastic and not kind.adaptive
}

__all__ = [
    "CONDITIONAL_SAMPLERS",
    "DDIM",
    "DDPM",
    "DOP853",
    "EDM",
    "FAMILIES",
    "PROBABILITY_FLOW_SAMPLERS",
    "RK45",
    "SAMPLERS",
    "AnalyticDPM",
    "AnnealedLangevin",
    "ClassifierGuidedDDPM",
    "ConditionedSampler",
    "DPMSolver1",
    "DPMSolver2",
    "DPMSolver3",
    "DPMSolverPP1",
    "DPMSolverPP2M",
    "DPMSolverPP2S",
    "DPMSolverPP3M",
    "DPMSolverPP3S",
    "EulerMaruyama",
    "ExtendedAnalyticDPM",
    "Langevin",
    "LinearSampler",
    "Move",
    "Node",
    "PredictorCorrector",
    "ProbabilityFlowEuler",
    "ProbabilityFlowHeun",
    "ProbabilityFlowRK3",
    "ProbabilityFlowRK4",
    "ReverseDiffusion",
    "SDEDPMSolverPP1",
    "SDEDPMSolverPP2M",
    "SDEDPMSolverPP3M",
    "SDEFamily",
    "Sampler",
    "StagedSampler",
    "UniPC2",
    "UniPC3",
    "prior",
    "sample",
]
