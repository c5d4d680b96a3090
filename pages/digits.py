"""Digits: the same lab on real images."""

from diffviz.ui import shell

with shell.page("digits") as page:
    shell.engine()
    from diffviz.ui.digits import guidance, inverse, latents, learn, sample, table

    page.show(sample.VIEW, learn.VIEW, table.VIEW, guidance.VIEW, latents.VIEW, inverse.VIEW)
