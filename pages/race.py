"""Sampler race: the same model and the same noise, seen in seven views."""

from __future__ import annotations

from diffviz.config import Choice, ConfigError
from diffviz.ui import shell

VIEWS = {
    "race": "Race",
    "quality": "Quality and cost",
    "order": "Order",
    "anatomy": "Anatomy",
    "twin": "SDE and ODE",
    "steps": "Step grid",
    "ways": "Both ways",
}

with shell.page("race") as page:
    shell.engine()
    from diffviz.ui.race import anatomy, order, panes, quality, setup, steps, twin, ways

    draw = {
        "race": panes.draw,
        "quality": quality.draw,
        "order": order.draw,
        "anatomy": anatomy.draw,
        "twin": twin.draw,
        "steps": steps.draw,
        "ways": ways.draw,
    }
    with page.figure:
        view = page.form.tabs("view", "race", Choice(VIEWS, "View"))
    with page.controls:
        base = setup.choose(page)
    page.words = "race" if view == "race" else f"race-{view}"
    try:
        draw[view](page, base)
    except ConfigError as error:  # choices that are each in range, but have no room for one another
        page.figure.error(str(error))
