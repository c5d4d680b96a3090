"""The views of the page Score."""
