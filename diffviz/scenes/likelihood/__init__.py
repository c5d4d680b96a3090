"""The moving pictures of the page of likelihood."""
