"""Checkpoints with their cards, and the networks that ship with the lab."""
