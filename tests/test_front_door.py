"""`import diffviz`: light, complete, with a help text that runs; and results that show themselves in a notebook."""

from __future__ import annotations

import pydoc
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import diffviz
from diffviz import notebook
from diffviz.config import Config
from diffviz.data import Ring
from diffviz.experiments import order
from diffviz.experiments.digits.guidance import GuidanceConfig
from diffviz.experiments.digits.images import DrawnDigits
from diffviz.experiments.digits.inverse import InverseConfig
from diffviz.experiments.digits.latents import DigitRoundTripConfig
from diffviz.experiments.digits.sampling import DigitLaneConfig
from diffviz.experiments.exact_guidance import ExactGuidanceConfig
from diffviz.experiments.few_steps.distil import DistilConfig
from diffviz.experiments.forward import ForwardConfig
from diffviz.experiments.gradient_steps import GradientStepsConfig
from diffviz.experiments.lane import Lane
from diffviz.experiments.likelihood.bounds import BoundsConfig, KLBoundConfig
from diffviz.experiments.likelihood.density import DensityConfig
from diffviz.experiments.likelihood.log_density import LogDensityConfig
from diffviz.experiments.order import OrderConfig
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.race import RaceConfig
from diffviz.experiments.round_trips import LatentPathsConfig
from diffviz.experiments.score.field import ScoreFieldConfig
from diffviz.experiments.score.langevin import LangevinConfig
from diffviz.experiments.score.memory import MemoryConfig
from diffviz.experiments.score.one_level import OneLevelConfig
from diffviz.experiments.score.pull import PullConfig
from diffviz.experiments.score.reverse_step import ReverseStepConfig
from diffviz.experiments.sde_ode import SDEODEConfig
from diffviz.experiments.solver_calls import SolverCallsConfig
from diffviz.experiments.sweep import SweepConfig
from diffviz.experiments.swiss_roll import SwissRollConfig

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "scipy", "sklearn", "torch", "matplotlib", "plotly", "streamlit", "playwright", "typer")

RING = Problem(Ring(), ExactSource())
CHEAP: dict[str, Config] = {
    "home": SwissRollConfig(particles=10),
    "forward": ForwardConfig(Ring(), steps=4, particles=100),
    "score": ScoreFieldConfig(),
    "reverse-step": ReverseStepConfig(),
    "langevin": LangevinConfig(calls=20),
    "one-level": OneLevelConfig(),
    "pull": PullConfig(points=5),
    "memory": MemoryConfig(points=5, width=8),
    "gradient-steps": GradientStepsConfig(step=2),
    "density": DensityConfig(direction="forward", particles=500),
    "log-density": LogDensityConfig(RING, tolerance=0.01),
    "bounds": BoundsConfig(steps=5),
    "kl-bound": KLBoundConfig(),
    "race": RaceConfig(RING, (Lane(steps=4, source=ExactSource()),)),
    "sweep": SweepConfig(RING, soon=(2, 4), later=()),
    "order": OrderConfig(RING, budgets=(5, 10, 20)),
    "anatomy": SolverCallsConfig(RING, steps=2),
    "sde-ode": SDEODEConfig(RING),
    "latent-paths": LatentPathsConfig(RING, calls=4),
    "digits": DigitLaneConfig(Lane(steps=3), count=2),
    "digit-guidance": GuidanceConfig(steps=5, labels=(3,)),
    "digit-latents": DigitRoundTripConfig(calls=4, images=DrawnDigits()),
    "digit-inverse": InverseConfig(steps=10, moves=0, images=DrawnDigits()),
    "distil-targets": DistilConfig(),
    "exact-guidance": ExactGuidanceConfig(),
}


def test_importing_it_brings_nothing_heavy_and_a_name_brings_what_it_needs() -> None:
    code = (
        f"import sys, diffviz; heavy = [m for m in {HEAVY!r} if m in sys.modules]; print(heavy)\n"
        "dir(diffviz), diffviz.__version__, diffviz.Range; print('torch' in sys.modules)\n"
        "diffviz.DDIM; print('torch' in sys.modules, 'streamlit' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "False", "True False"]


def test_every_name_it_offers_is_there() -> None:
    assert diffviz.__all__ and set(diffviz.__all__) <= set(dir(diffviz))
    for name in diffviz.__all__:
        offered = getattr(diffviz, name)
        assert getattr(offered, "__name__", name) == name
    with pytest.raises(AttributeError, match="no_such_name"):
        diffviz.no_such_name  # noqa: B018


def help_lines() -> str:
    """The code in the help text: what is indented, as a person would copy it."""
    lines = (diffviz.__doc__ or "").splitlines()
    return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line))


def test_the_ten_lines_of_the_help_text_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = help_lines()
    assert sum(map(bool, code.splitlines())) == 10
    shown = re.sub(r"\n *", "\n", pydoc.plain(pydoc.render_doc(diffviz)))
    assert re.sub(r"\n\s*", "\n", code).strip() in re.sub(r"\n\s*", "\n", shown)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["run"].nfe == 30 and "<iframe" in names["race"]._repr_html_()
    assert 'id="player"' in (tmp_path / "roll.html").read_text(encoding="utf-8")


def test_every_experiment_has_a_cheap_configuration_here() -> None:
    assert CHEAP.keys() == notebook.EXPERIMENTS.keys()


@pytest.mark.parametrize("name", CHEAP)
def test_a_result_shows_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "REFERENCE_STEPS", 100)  # how exact the reference is shows nowhere here
    experiment = notebook.EXPERIMENTS[name]
    assert type(CHEAP[name]) is experiment.config
    result = experiment.run(CHEAP[name])
    assert type(result) is experiment.result
    shown = result._repr_html_()
    if experiment.scene is not None:
        assert shown.startswith("<iframe ") and shown.endswith("</iframe>") and "id=&quot;player&quot;" in shown
    else:
        assert "<svg" in shown and shown.rstrip().endswith("</svg>")
