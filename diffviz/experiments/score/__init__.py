"""The experiments of the page Score: what a score is, what it does, and where it comes from."""
