"""What stands on a page before Streamlit draws anything: its title and a still of its picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from diffviz.locations import ASSETS
from diffviz.ui.words import prose

STILLS = "stills"  # the folder of the assets, and the path under which it is served
THEMES = ("light", "dark")


def stills(page: str, choices: Mapping[str, str]) -> dict[str, Path]:
    """By theme, what a page that has just been opened will show; empty where its link holds choices, as nobody knows.

    Made by `python -m benchmarks.stills`. choices: those of the link, in which the view alone may be named.
    """
    if choices.keys() - {"view"}:
        return {}
    name = "-".join(filter(None, [page, choices.get("view", "")]))
    known = {path.stem: path for path in (ASSETS / STILLS).glob("*.webp")}
    names = {theme: f"{name}-{theme}" for theme in THEMES}
    return {theme: known[stem] for theme, stem in names.items()} if known.keys() >= set(names.values()) else {}


def opening(page: str, choices: Mapping[str, str]) -> str:
    """HTML for the beginning of a page, which takes itself away once the browser has drawn the picture.

    Where the link asks for the figure alone (diffviz/ui/presenter.py), it says so to the style sheet, and no title.
    """
    title, _, lead = prose(page)[""].removeprefix("# ").partition("\n")
    address = {theme: f"{STILLS}/{path.name}" for theme, path in stills(page, choices).items()}
    image = (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{address["dark"]}">'
        f'<img src="{address["light"]}" alt="" fetchpriority="high"></picture>'
        if address
        else ""
    )
    files = ("opening.html", "style.css", "presenter/page.css")
    html, *styles = ((ASSETS / name).read_text(encoding="utf-8") for name in files)
    filled = Template(html).substitute
    if alone := "embed" if choices.get("embed") == "true" else "present" if "present" in choices else "":
        begun = f'<script>document.documentElement.dataset.alone = "{alone}"</script>'
        return begun + filled(page=page, still="", style="\n".join(styles), title="", lead="")
    plain = "\\" not in lead  # a formula with commands must be set, for which the whole lead waits
    words = {"title": escape(title), "lead": escape(lead.strip().replace("$", "")) if plain else "&nbsp;"}
    return filled(page=page, still=image, style="\n".join(styles), **words)
