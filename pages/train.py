"""Train: watch a score network learn, alone, by different objectives, or step by step."""

from diffviz.ui import shell

with shell.page("train") as page:
    shell.engine()
    from diffviz.ui.train import learn, objectives, steps

    page.show(learn.VIEW, objectives.VIEW, steps.VIEW)
