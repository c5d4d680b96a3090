"""Learned time steps: where a solver of few steps looks, found by gradient descent through the solver itself."""
