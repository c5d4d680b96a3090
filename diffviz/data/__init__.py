"""Data: shapes, mixtures with closed forms, and points that people bring."""

from diffviz.data.base import Dataset
from diffviz.data.images import IMAGE_SETS, MNIST, FashionMNIST, Images, ImageSet, SmallDigits
from diffviz.data.mixture import GaussianMixture, Marginal
from diffviz.data.mixtures import Grid, HandPlaced, MixtureDataset, RandomMixture, Ring
from diffviz.data.normalise import Normalisation
from diffviz.data.points import DrawnPoints, PointSet, UploadedPoints
from diffviz.data.prepare import PreparedData, prepare
from diffviz.data.shapes import Checkerboard, Circles, Pinwheel, SCurve, Spirals, SwissRoll, TwoMoons
from diffviz.data.strokes import Letters, Smiley

DATASETS: dict[str, type[Dataset]] = {
    "swiss-roll": SwissRoll,
    "moons": TwoMoons,
    "circles": Circles,
    "spirals": Spirals,
    "pinwheel": Pinwheel,
    "checkerboard": Checkerboard,
    "s-curve": SCurve,
    "letters": Letters,
    "smiley": Smiley,
    "ring": Ring,
    "grid": Grid,
    "random": RandomMixture,
    "placed": HandPlaced,
}

__all__ = [
    "DATASETS",
    "IMAGE_SETS",
    "MNIST",
    "Checkerboard",
    "Circles",
    "Dataset",
    "DrawnPoints",
    "FashionMNIST",
    "GaussianMixture",
    "Grid",
    "HandPlaced",
    "ImageSet",
    "Images",
    "Letters",
    "Marginal",
    "MixtureDataset",
    "Normalisation",
    "Pinwheel",
    "PointSet",
    "PreparedData",
    "RandomMixture",
    "Ring",
    "SCurve",
    "SmallDigits",
    "Smiley",
    "Spirals",
    "SwissRoll",
    "TwoMoons",
    "UploadedPoints",
    "prepare",
]
