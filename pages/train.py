"""Train: watch a score network learn, and several that learn by different objectives."""

from diffviz.ui import shell

with shell.page("train") as page:
    shell.engine()
    from diffviz.ui.train import learn, objectives

    page.show(learn.VIEW, objectives.VIEW)
