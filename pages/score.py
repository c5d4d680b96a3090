"""Score: what a score is, what it does, and where it comes from, in five views."""

from diffviz.ui import shell

with shell.page("score") as page:
    shell.engine()
    from diffviz.ui.score import field, langevin, memory, pull, reverse_step

    page.show(field.VIEW, reverse_step.VIEW, langevin.VIEW, pull.VIEW, memory.VIEW)
