"""What the page Few steps measures, a file a view."""
