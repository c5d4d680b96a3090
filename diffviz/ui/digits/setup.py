"""What views of the digit lab share: the grids on offer, and real images where they can be had."""

from __future__ import annotations

import streamlit as st

from diffviz.config import ConfigError
from diffviz.data import MNIST, ImageSet
from diffviz.experiments.digits.images import DrawnDigits, load_images
from diffviz.grids import GRIDS, HandPlaced
from diffviz.ui.notice import tell

SPACINGS = {slug: kind for slug, kind in GRIDS.items() if kind is not HandPlaced}  # there is no editor here
_OFFLINE = "digits:offline"


def fetched(images: ImageSet, part: str) -> bool:
    """Have images at hand; where they cannot be had, say so in a sentence with a button to try again."""
    offline: dict[str, str] = st.session_state.setdefault(_OFFLINE, {})
    name = repr(images)
    if name in offline:
        tell("warning", offline[name])
        st.button("Try again", key=f"digits:again:{name}", on_click=lambda: offline.clear())
        return False
    place = st.empty()

    def show_progress(file: str, done: int, size: int) -> None:
        share = min(1.0, done / size) if size else 0.0
        place.progress(share, f"Fetching {file}: {done / 2**20:.1f} of {size / 2**20:.1f} MB")

    try:
        images.fetch(part, show_progress)
        load_images(images, part)
    except ConfigError as error:
        offline[name] = str(error)
        st.rerun()
    finally:
        place.empty()
    return True


def digits() -> ImageSet:
    """Real MNIST digits; where they cannot be had, digits that the shipped network drew stand in, and it is said."""
    if fetched(MNIST(), "test"):
        return MNIST()
    st.caption("Until they are there, digits that the shipped network drew stand in for real ones.")
    return DrawnDigits()
