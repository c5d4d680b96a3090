"""Networks that learn the score."""

from diffviz.networks.mlp import MLP, MLPNetwork
from diffviz.networks.unet import UNet, UNetNetwork

NETWORKS = {"mlp": MLP, "unet": UNet}
Network = MLPNetwork | UNetNetwork

__all__ = ["MLP", "NETWORKS", "MLPNetwork", "Network", "UNet", "UNetNetwork"]
