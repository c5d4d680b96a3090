"""The forward SDE: particles by exact jumps and by Euler-Maruyama on one path, over the closed-form marginal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from diffviz.data import Dataset, GaussianMixture, prepare
from diffviz.noise import BrownianPath
from diffviz.player import Curve, Heat, Pane, Points, Scene, Trails
from diffviz.protocols import Array, Noise, Schedule
from diffviz.schedules import GeometricVE, LinearVP, SubVP
from diffviz.sde import euler_maruyama, exact_jumps

FRAMES, CELLS, BINS, LINE, MARKS = 61, 56, 32, 300, (3, 17)
COMPONENTS = 2_000  # points that stand for a shape in its marginal


@dataclass(frozen=True, eq=False)
class Forward:
    """One forward process: data, schedule, seed. Everything is in normalised units; times rise from t_min to t_max."""

    dataset: Dataset
    schedule: Schedule
    particles: int
    seed: int

    @cached_property
    def times(self) -> Array:
        """(FRAMES,), even in t."""
        return np.linspace(self.schedule.t_min, self.schedule.t_max, FRAMES)

    @cached_property
    def exact(self) -> Array:
        """The particles by exact jumps, (FRAMES, N, 2)."""
        return self._run(exact_jumps, self.times)

    def euler(self, steps: int) -> tuple[Array, Array, Array]:
        """Euler-Maruyama in `steps`: times (S,), particles (S, N, 2), and their RMS distance to the exact ones (S,)."""
        times = np.linspace(self.schedule.t_min, self.schedule.t_max, steps + 1)
        x = self._run(euler_maruyama, times)
        gap = np.sqrt(np.square(x - self._run(exact_jumps, times)).sum(axis=-1).mean(axis=-1))
        return times, x, gap

    @cached_property
    def components(self) -> GaussianMixture | Array:
        """The data as a mixture in closed form, or as COMPONENTS points of weight 1/COMPONENTS each."""
        prepared = prepare(self.dataset, COMPONENTS, self.seed + 1)
        return prepared.mixture or prepared.points

    def density(self, places: Array, t: float, blur: float) -> Array:
        """q_t on the square grid `places` × `places` (n, n), blurred by `blur`, the size of a picture's cell."""
        alpha, sigma = float(self.schedule.alpha(t)), float(np.hypot(self.schedule.sigma(t), blur))
        if isinstance(self.components, GaussianMixture):
            square = np.stack(np.meshgrid(places, places), -1).reshape(-1, 2)
            flat: Array = self.components.at(alpha, sigma).density(torch.from_numpy(square)).numpy()
            return flat.reshape(len(places), len(places))
        x, y = (_normal(places[:, None] - alpha * self.components[None, :, k], sigma) for k in (0, 1))
        return y @ x.T / len(self.components)

    def first_marginal(self, places: Array, t: float, blur: float) -> Array:
        """The density of the first coordinate at `places` (n,), blurred as a histogram of that bin width is."""
        alpha, sigma = float(self.schedule.alpha(t)), float(np.hypot(self.schedule.sigma(t), blur))
        if isinstance(self.components, GaussianMixture):
            mix = self.components
            spread = np.sqrt(alpha**2 * np.asarray(mix.covariances)[:, 0, 0] + sigma**2)
            bumps = _normal(places[:, None] - alpha * np.asarray(mix.means)[None, :, 0], spread)
            return np.asarray(bumps @ np.asarray(mix.weights))
        return np.asarray(_normal(places[:, None] - alpha * self.components[None, :, 0], sigma).mean(axis=1))

    @cached_property
    def reach(self) -> float:
        """Half the side of the square that shows nearly all particles at nearly all times."""
        return float(1.12 * np.quantile(np.abs(self.exact), 0.998))

    def _run(self, method: Callable[[Schedule, torch.Tensor, Array, Noise], torch.Tensor], times: Array) -> Array:
        data = prepare(self.dataset, self.particles, self.seed).points
        lam = self.schedule.lam(self.times[[-1, 0]]).tolist()
        path = BrownianPath(self.seed, data.shape, *lam, forward=True, dtype=torch.float64)
        found: Array = method(self.schedule, torch.from_numpy(data), times, path).numpy()
        return found


def _normal(x: Array, sigma: Array | float) -> Array:
    return np.asarray(np.exp(-0.5 * np.square(x / sigma)) / (np.sqrt(2 * np.pi) * sigma))


def compose(process: Forward, steps: int) -> Scene:
    """Six panes on one clock t: exact and Euler-Maruyama particles, a marginal, and the schedule's curves."""
    schedule, times = process.schedule, process.times
    stops, x, gap = process.euler(steps)
    lam = schedule.lam(times)
    reach = process.reach
    extent = (-reach, reach, -reach, reach)
    clock = (stops - stops[0]) / (stops[-1] - stops[0])
    return Scene(
        [
            Pane([_heat(process), Trails(process.exact, length=12, color="data", ids=range(0, process.particles, 40),
                         opacity=0.3),
                  Points(process.exact, color="data", size=1.4)],
                 "Exact jumps", "particles over the closed-form density", extent),
            Pane([Trails(x, color="model", ids=range(0, process.particles, 40), opacity=0.25),
                  Points(x, color="model", size=1.4)],
                 f"Euler–Maruyama, {steps} {'step' if steps == 1 else 'steps'}", "", extent, clock,
                 [f"same Brownian path · RMS step error {g:.3f}" for g in gap]),
            _marginal(process),
            _curves(process, "Signal and noise", ["amplitude and standard deviation"],
                    {"α": schedule.alpha(times), "σ": schedule.sigma(times)}),
            _curves(process, "Half log-SNR",
                    [f"λ = log α/σ = {v:.2f} · SNR = {np.exp(2 * v):.3g}" for v in lam],
                    {"λ": lam, "log₁₀ SNR": 2 * lam / np.log(10)}),
            _curves(process, "Drift and diffusion rates", ["drift −½β x; for VP g² = β"],
                    {"β = −2f": -2 * schedule.f(times), "g²": schedule.g2(times)}),
        ],
        columns=3,
        clock_values=times,
        seconds=8.0,
        marks=MARKS,
        description="Particles diffuse from data to noise, exactly and by Euler-Maruyama on the same Brownian path.",
    )  # fmt: skip


def compare(dataset: Dataset, particles: int, seed: int) -> Scene:
    """VP, VE and sub-VP side by side: the same data, the same seed, each in a frame of its own size."""
    points = prepare(dataset, particles, seed).points
    panes = []
    for title, schedule in (("VP", LinearVP()), ("VE", GeometricVE.for_data(points)), ("Sub-VP", SubVP())):
        process = Forward(dataset, schedule, particles, seed)
        spread = np.sqrt(np.square(process.exact).mean(axis=(1, 2)))
        reach = process.reach
        panes.append(
            Pane(
                [_heat(process), Points(process.exact, color="data", size=1.4)],
                title,
                extent=(-reach, reach, -reach, reach),
                notes=[f"frame ±{reach:.1f} · spread {s:.2f} per axis" for s in spread],
            )
        )
    return Scene(panes, 3, [0.0, 1.0], seconds=8.0, marks=MARKS, description="VP, VE and sub-VP on the same data.")


def _heat(process: Forward) -> Heat:
    reach = process.reach
    cell = 2 * reach / CELLS
    places = np.asarray(-reach + cell * (np.arange(CELLS) + 0.5), dtype=np.float64)
    maps = np.stack([process.density(places, float(t), cell / 2) for t in process.times])
    return Heat(maps / maps.max(axis=(1, 2), keepdims=True), (-reach, reach, -reach, reach), color="exact")


def _marginal(process: Forward) -> Pane:
    """The histogram of the first coordinate against its closed form, both drawn as points that move."""
    reach, frames = process.reach, len(process.times)
    edges = np.linspace(-reach, reach, BINS + 1)
    middle, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    line = np.linspace(-reach, reach, LINE)
    counts = np.stack([np.histogram(x[:, 0], edges)[0] for x in process.exact]) / (process.particles * width)
    curve = np.stack([process.first_marginal(line, float(t), width / np.sqrt(12)) for t in process.times])
    top = 1.1 * max(float(np.quantile(counts, 0.999)), float(curve.max()))
    scale = 2 * reach / top

    def drawn(at: Array, height: Array) -> Array:
        return np.stack([np.broadcast_to(at, (frames, len(at))), height * scale - reach], axis=-1)

    layers = [
        Points(drawn(line, curve), color="exact", size=1.1, opacity=1.0, follow=False),
        Points(drawn(middle, counts), color="data", size=2.6, follow=False),
    ]
    note = f"histogram of {process.particles:,} (dots) against the closed form (line)"
    return Pane(layers, "Marginal of the first coordinate", note, (-reach, reach, -1.03 * reach, reach))


def _curves(process: Forward, title: str, notes: list[str], lines: dict[str, Array]) -> Pane:
    """Functions of t with a cursor; notes: one for all frames, or one each."""
    times = process.times
    curve = Curve(times, lines, times, x_label="t", colors=dict(zip(lines, ("data", "model"), strict=False)))
    return Pane([curve], title, notes=notes * len(times) if len(notes) == 1 else notes, aspect=1.6)
