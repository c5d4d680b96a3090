"""The views of the page of the notes."""
