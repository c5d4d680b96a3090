"""Scenes of the page Few steps, a file a view."""
