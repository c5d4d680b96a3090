"""How likely data are under a model: the evidence lower bound, the flow's exact density, Fokker-Planck."""
