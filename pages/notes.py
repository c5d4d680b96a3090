"""The notes: five lecture notes and some public code, claim by claim."""

from diffviz.ui import shell

with shell.page("notes", wide=True) as page:
    shell.engine()
    from diffviz.ui.notes.chapters import VIEWS

    page.show(*VIEWS)
