"""The view of the home page; importing it brings no torch."""
