"""Home: something meaningful already moves, and doors lead onward. Nothing heavy is imported here."""

from diffviz.ui import shell
from diffviz.ui.home import welcome

with shell.page("home", wide=True) as page:
    page.show(welcome.VIEW)
shell.warm_up()
