"""diffviz: the lab's frame and navigation."""

import streamlit as st

from diffviz.locations import ASSETS
from diffviz.ui import presenter, style

st.set_page_config(page_title="diffviz", page_icon=str(ASSETS / "icon.png"), layout="wide")
style.apply((ASSETS / "style.css").read_text(encoding="utf-8"))
presenter.offer()
st.navigation(
    [
        st.Page("pages/home.py", title="Home", default=True),
        st.Page("pages/forward.py", title="Forward SDE", url_path="forward"),
        st.Page("pages/score.py", title="Score", url_path="score"),
        st.Page("pages/train.py", title="Train live", url_path="train"),
        st.Page("pages/likelihood.py", title="Likelihood", url_path="likelihood"),
        st.Page("pages/race.py", title="Sampler race", url_path="race"),
        st.Page("pages/few_steps.py", title="Few steps", url_path="few-steps"),
        st.Page("pages/digits.py", title="Digits", url_path="digits"),
        st.Page("pages/glossary.py", title="Glossary", url_path="glossary"),
        st.Page("pages/notes.py", title="The notes", url_path="notes"),
    ],
    position="top",
).run()
