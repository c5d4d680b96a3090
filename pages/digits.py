"""Digits: the same lab on real images."""

from diffviz.ui import shell

with shell.page("digits") as page:
    shell.engine()
    from diffviz.ui.digits import guidance, inverse, latents, learning, sampling, table

    page.show(sampling.VIEW, learning.VIEW, table.VIEW, guidance.VIEW, latents.VIEW, inverse.VIEW)
