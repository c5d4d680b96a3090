"""Draft."""

from diffviz.ui import shell

with shell.page("home") as page:
    pass
