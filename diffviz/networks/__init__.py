"""Networks that learn the score."""

from diffviz.networks.mlp import MLP, MLPNetwork

NETWORKS = {"mlp": MLP}

__all__ = ["MLP", "NETWORKS", "MLPNetwork"]
