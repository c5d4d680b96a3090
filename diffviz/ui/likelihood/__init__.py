"""The views of the page of likelihood."""
