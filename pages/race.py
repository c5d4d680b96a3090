"""Sampler race: the same model and the same noise, seen in seven views."""

from diffviz.ui import shell

with shell.page("race") as page:
    shell.engine()
    from diffviz.ui.race import anatomy, both_ways, order, quality, race, sde_ode, steps

    page.show(race.VIEW, quality.VIEW, order.VIEW, anatomy.VIEW, sde_ode.VIEW, steps.VIEW, both_ways.VIEW)
