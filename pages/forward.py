"""Forward SDE: how noise enters, step by step and exactly."""

from diffviz.ui import shell

with shell.page("forward") as page:
    shell.engine()
    from diffviz.ui.forward import process

    page.show(process.VIEW)
