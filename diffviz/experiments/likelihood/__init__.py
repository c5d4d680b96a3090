"""How likely data are: what the views of the page measure."""
