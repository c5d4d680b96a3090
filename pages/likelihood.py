"""Likelihood: how probable data are under a model, by densities, flows and bounds."""

from diffviz.ui import shell

with shell.page("likelihood") as page:
    shell.engine()
    from diffviz.ui.likelihood import bounds, density, log_density

    page.show(density.VIEW, log_density.VIEW, bounds.VIEW)
