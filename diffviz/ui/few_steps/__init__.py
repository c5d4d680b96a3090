"""Few steps: a file a view."""
