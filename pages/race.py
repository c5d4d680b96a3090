"""Sampler race: the same model and the same noise, seen in seven views."""

from diffviz.ui import shell

with shell.page("race") as page:
    shell.engine()
    from diffviz.ui.race import anatomy, order, panes, quality, steps, twin, ways

    page.show(panes.VIEW, quality.VIEW, order.VIEW, anatomy.VIEW, twin.VIEW, steps.VIEW, ways.VIEW)
