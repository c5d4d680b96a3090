"""What the views of likelihood have in common: data whose densities are known."""

from __future__ import annotations

from diffviz.data import DATASETS, MixtureDataset

MIXTURES = {slug: kind for slug, kind in DATASETS.items() if issubclass(kind, MixtureDataset)}
