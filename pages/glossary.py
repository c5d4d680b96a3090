"""Glossary: every term in a sentence, and the formula and the paper of all that can be chosen."""

from diffviz.ui import shell

with shell.page("glossary", wide=True) as page:
    shell.engine()
    from diffviz.ui.glossary import formulas, terms

    page.show(terms.VIEW, formulas.VIEW)
