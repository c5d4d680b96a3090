"""Draft."""

from diffviz.ui import shell

with shell.page("samplers") as page:
    pass
