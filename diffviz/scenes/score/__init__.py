"""The pictures of the page Score."""
