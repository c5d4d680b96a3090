"""Arrays and trajectories in, scenes for the player out: one module a page."""
