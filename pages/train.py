"""Train live: watch a score network learn."""

from diffviz.ui import shell

with shell.page("train") as page:
    shell.engine()
    from diffviz.ui.train import learn

    page.show(learn.VIEW)
