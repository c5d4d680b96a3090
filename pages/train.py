"""Draft."""

from diffviz.ui import shell

with shell.page("train") as page:
    pass
