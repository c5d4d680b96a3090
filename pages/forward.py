"""Draft."""

from diffviz.ui import shell

with shell.page("forward") as page:
    pass
