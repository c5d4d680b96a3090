"""Digits: the same lab on real images."""

from __future__ import annotations

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
    draw[page.tabs(VIEWS)](page)
