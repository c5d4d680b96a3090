"""The mixtures that the page Score offers: of these everything is known."""

from diffviz.data import DATASETS, MixtureDataset

MIXTURES = {slug: kind for slug, kind in DATASETS.items() if issubclass(kind, MixtureDataset)}
