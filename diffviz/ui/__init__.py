"""All that knows streamlit."""

from diffviz.ui import ending as ending  # every page and the server import it, so that the server ends cleanly
