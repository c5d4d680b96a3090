"""diffviz: score-based diffusion through SDEs, as a library and a lab."""

__version__ = "0.2.0"
