"""Networks that learn the score."""

from diffviz.networks.classifier import Classifier, ClassifierNetwork
from diffviz.networks.mlp import MLP, MLPNetwork, VarianceMLP, VarianceMLPNetwork
from diffviz.networks.targets import radius
from diffviz.networks.unet import UNet, UNetNetwork

NETWORKS = {"mlp": MLP, "mlp-variance": VarianceMLP, "unet": UNet}  # those that learn a score
Network = MLPNetwork | UNetNetwork

__all__ = [
    "MLP",
    "NETWORKS",
    "Classifier",
    "ClassifierNetwork",
    "MLPNetwork",
    "Network",
    "UNet",
    "UNetNetwork",
    "VarianceMLP",
    "VarianceMLPNetwork",
    "radius",
]
