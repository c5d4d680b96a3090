"""Training: the loop, its weights' average, checkpoints, and runs in the background."""
