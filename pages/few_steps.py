"""Few steps: students of a trained network, and learned time steps, each in a view."""

from diffviz.ui import shell

with shell.page("few-steps") as page:
    shell.engine()
    from diffviz.ui.few_steps import consistency, distil, learned, race, straight

    page.show(distil.VIEW, consistency.VIEW, learned.VIEW, straight.VIEW, race.VIEW)
