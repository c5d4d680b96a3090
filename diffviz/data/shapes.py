"""Shapes in the plane that people know from papers and tutorials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

import numpy as np

from diffviz.config import Range
from diffviz.data.base import Noise, NoisyCurve, Shape
from diffviz.data.curves import Arc, Curve
from diffviz.data.squares import Board
from diffviz.protocols import Array

TAU = 2 * np.pi


def polar(radius: Array | float, angle: Array) -> Array:
    """Points (n, 2) from radii and angles in radians."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


@dataclass(frozen=True)
class SwissRoll(NoisyCurve):
    """One sheet rolled up, seen from the side: radius = angle, over 1.5 turns, then scaled."""

    title: ClassVar[str] = "Swiss roll"
    paper: ClassVar[str] = "Marsland 2014, chapter 6; Sohl-Dickstein et al. 2015, figure 1"
    latex: ClassVar[str] = r"x=c\,\big(\theta\,(\cos\theta,\ \sin\theta)+\nu z\big),\quad\theta=\tfrac{3\pi}2(1+2u)"

    noise: Annotated[
        float, Range(0.0, 2.0, step=0.05, label="noise", help="Its standard deviation, before scaling.")
    ] = 0.3
    scale: Annotated[float, Range(0.05, 1.0, step=0.025, label="scale", help="Factor of the whole roll.")] = 0.125

    def place(self, u: Array, z: Array) -> Array:
        """Points (n, 2); u[:, 0] is the place along the roll."""
        angle = 1.5 * np.pi * (1 + 2 * u[:, 0])
        return self.scale * (polar(angle, angle) + self.noise * z)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The sheet, its angle even."""
        return (Arc(lambda angle: self.scale * polar(angle, angle), 1.5 * np.pi, 4.5 * np.pi),)

    @property
    def deviation(self) -> float:
        """The noise is scaled with the roll."""
        return self.scale * self.noise


@dataclass(frozen=True)
class TwoMoons(NoisyCurve):
    """Two half circles that reach into one another."""

    title: ClassVar[str] = "Two moons"
    paper: ClassVar[str] = "Zhou et al. 2003, section 4"
    latex: ClassVar[str] = (
        r"x=e_\theta+\nu z\ \ \text{or}\ \ x=(1,\tfrac12)-e_\theta+\nu z,\quad e_\theta=(\cos\theta,\sin\theta),"
        r"\ \theta\in[0,\pi]"
    )

    noise: Noise = 0.05

    def place(self, u: Array, z: Array) -> Array:
        """u[:, 0] is the place along a moon, u[:, 1] says which."""
        upper = polar(1.0, np.pi * u[:, 0])
        moons = np.where(u[:, 1:] < 0.5, upper, np.array([1.0, 0.5]) - upper)
        return np.asarray(moons + self.noise * z)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """A half circle each."""
        return (
            Arc(lambda angle: polar(1.0, angle), 0, np.pi),
            Arc(lambda angle: np.array([1.0, 0.5]) - polar(1.0, angle), 0, np.pi),
        )


@dataclass(frozen=True)
class Circles(NoisyCurve):
    """Circles around one centre, the same number of points on each."""

    title: ClassVar[str] = "Circles"
    paper: ClassVar[str] = "Ng et al. 2001, figure 1"
    latex: ClassVar[str] = r"x=\tfrac kK\,(\cos\theta,\ \sin\theta)+\nu z,\quad k\in\{1,\dots,K\}"

    rings: Annotated[int, Range(1, 6, label="rings", help="Number of circles.")] = 2
    noise: Noise = 0.04

    def place(self, u: Array, z: Array) -> Array:
        """u[:, 0] is the angle, u[:, 1] says which circle."""
        radius = (1 + np.floor(self.rings * u[:, 1])) / self.rings
        return polar(radius, TAU * u[:, 0]) + self.noise * z

    @property
    def curves(self) -> tuple[Curve, ...]:
        """A circle each."""
        radii = (np.arange(self.rings) + 1) / self.rings
        return tuple(Arc(partial(polar, float(radius)), 0, TAU) for radius in radii)


@dataclass(frozen=True)
class Spirals(NoisyCurve):
    """Arms that wind outwards, denser in the middle by no more than the noise."""

    title: ClassVar[str] = "Spirals"
    paper: ClassVar[str] = "Lang and Witbrock 1988"
    latex: ClassVar[str] = r"x=r\,(\cos\theta,\ \sin\theta)+\nu z,\quad\theta=2\pi\big(w\,r+\tfrac kK\big),\ r=\sqrt u"

    arms: Annotated[int, Range(1, 6, label="arms", help="Number of spirals.")] = 2
    turns: Annotated[float, Range(0.25, 4.0, step=0.25, label="turns", help="Of each arm about the middle.")] = 1.5
    noise: Noise = 0.02

    def place(self, u: Array, z: Array) -> Array:
        """The root makes the density along an arm nearly even; u[:, 1] says which arm."""
        radius = np.sqrt(u[:, 0])
        arm = np.floor(self.arms * u[:, 1]) / self.arms
        return polar(radius, TAU * (self.turns * radius + arm)) + self.noise * z

    @property
    def curves(self) -> tuple[Curve, ...]:
        """An arm each, by its radius, whose square is even."""

        def arm(k: int) -> Arc:
            return Arc(lambda r: polar(r, TAU * (self.turns * r + k / self.arms)), density=lambda r: r)

        return tuple(map(arm, range(self.arms)))


@dataclass(frozen=True)
class Pinwheel(Shape):
    """Gaussian blades, bent round the centre by their distance from it."""

    title: ClassVar[str] = "Pinwheel"
    paper: ClassVar[str] = "Johnson et al. 2016, figure 1"
    latex: ClassVar[str] = (
        r"x=r\,e_\theta+b z_2\,e_{\theta+\pi/2},\quad r=1+\ell z_1,\ \theta=\tfrac{2\pi k}K+\gamma\,e^{\,r}"
    )

    blades: Annotated[int, Range(2, 10, label="blades", help="Number of blades.")] = 5
    length: Annotated[
        float, Range(0.05, 0.5, step=0.05, label="length", help="Radial standard deviation of a blade.")
    ] = 0.3
    width: Annotated[float, Range(0.01, 0.3, step=0.01, label="width", help="Tangential standard deviation.")] = 0.1
    twist: Annotated[float, Range(0.0, 2.0, step=0.05, label="twist", help="Radians per e-fold of distance.")] = 0.25

    def place(self, u: Array, z: Array) -> Array:
        """u[:, 0] says which blade; the normals are the place within it."""
        along, across = 1 + self.length * z[:, 0], self.width * z[:, 1]
        turn = TAU * np.floor(self.blades * u[:, 0]) / self.blades + self.twist * np.exp(along)
        radial, tangential = polar(1.0, turn), polar(1.0, turn + np.pi / 2)
        return along[:, None] * radial + across[:, None] * tangential


@dataclass(frozen=True)
class Checkerboard(Shape):
    """The dark squares of a board of side 4, evenly filled: sharp edges and a density that jumps."""

    title: ClassVar[str] = "Checkerboard"
    paper: ClassVar[str] = "Grathwohl et al. 2019, figure 2"
    latex: ClassVar[str] = (
        r"q_0(x)\propto\mathbf 1\big[\lfloor n\tfrac{x_1+2}4\rfloor+\lfloor n\tfrac{x_2+2}4\rfloor\text{ even}\big],"
        r"\quad x\in[-2,2]^2"
    )

    cells: Annotated[int, Range(2, 12, label="cells", help="Squares along a side.")] = 4

    def place(self, u: Array, z: Array) -> Array:
        """u[:, 0] says which dark square and how far along it, u[:, 1] how far up."""
        row, column = np.nonzero(np.indices((self.cells, self.cells)).sum(0) % 2 == 0)
        which = u[:, 0] * len(row)
        k = which.astype(int)
        place = np.stack([column[k] + which - k, row[k] + u[:, 1]], axis=-1)
        return np.asarray(4 * place / self.cells - 2)

    @property
    def density(self) -> Board:
        """Even on the dark squares."""
        edges = np.linspace(-2, 2, self.cells + 1)
        return Board(edges, edges)


@dataclass(frozen=True)
class SCurve(NoisyCurve):
    """Two three-quarter circles joined to an S."""

    title: ClassVar[str] = "S-curve"
    paper: ClassVar[str] = "Known from manifold learning; after scikit-learn, make_s_curve"
    latex: ClassVar[str] = (
        r"x=\big(\sin\theta,\ \operatorname{sign}\theta\,(\cos\theta-1)\big)+\nu z,\quad|\theta|\le\tfrac{3\pi}2"
    )

    noise: Noise = 0.05

    def place(self, u: Array, z: Array) -> Array:
        """Points (n, 2); u[:, 0] is the place along the curve."""
        return self._curve(3 * np.pi * (u[:, 0] - 0.5)) + self.noise * z

    @property
    def curves(self) -> tuple[Curve, ...]:
        """Two arcs: where they join, the bend jumps."""
        return Arc(self._curve, -1.5 * np.pi, 0), Arc(self._curve, 0, 1.5 * np.pi)

    @staticmethod
    def _curve(angle: Array) -> Array:
        return np.stack([np.sin(angle), np.sign(angle) * (np.cos(angle) - 1)], axis=-1)
