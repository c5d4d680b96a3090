"""Digits: the same lab on real images."""

from __future__ import annotations

from diffviz.config import Choice, ConfigError
from diffviz.ui import shell

VIEWS = {
    "sample": "Sample",
    "learn": "Train live",
    "table": "Measured",
    "guidance": "Guidance",
    "latents": "Latents",
    "inverse": "Inverse problems",
}

with shell.page("digits") as page:
    shell.engine()
    from diffviz.ui.digits import guidance, inverse, latents, learning, sampling, table

    draw = {
        "sample": sampling.view,
        "learn": learning.view,
        "table": table.view,
        "guidance": guidance.view,
        "latents": latents.view,
        "inverse": inverse.view,
    }
    with page.figure:
        view = page.form.tabs("view", "sample", Choice(VIEWS, "View"))
    page.words = "digits" if view == "sample" else f"digits-{view}"
    try:
        draw[view](page)
    except ConfigError as error:  # choices that have no room for one another, or a file that is damaged
        page.figure.error(str(error))
