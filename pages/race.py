"""Sampler race: the same model and the same noise, seen in seven views."""

from __future__ import annotations

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
    view = page.tabs(VIEWS)
    with page.controls:
        base = setup.choose(page)
    draw[view](page, base)
