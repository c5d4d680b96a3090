"""The numbers behind every view's default picture, so that two commits can be compared.

    python -m benchmarks.golden record FILE [--views NAME ...]
    python -m benchmarks.golden compare ONE OTHER

Every view is opened from the app's entry, as a visitor would; what it hands to the player or draws as a chart is read
back: of moving layers a digest of the quantised arrays, of curves all numbers, of tables all cells.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

APP = Path.cwd() / "app.py"
TYPES = {"i16": "<i2", "u8": "u1", "f32": "<f4"}
NUMBER = r"-?\d+\.?\d*"
# A view: its page, and the choices that open it, by every name that they have had.
VIEWS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "home": ("home", [{}]),
    "forward": ("forward", [{}]),
    "score": ("score", [{}]),
    **{f"score-{view}": ("score", [{"view": view}]) for view in ("step", "langevin", "pull", "memory")},
    "train": ("train", [{}]),
    "density": ("likelihood", [{}]),
    "log-density": ("likelihood", [{"view": "log-density"}]),
    "elbo": ("likelihood", [{"view": "elbo"}]),
    "race": ("race", [{}]),
    "quality": ("race", [{"view": "quality"}]),
    "order": ("race", [{"view": "order"}]),
    "anatomy": ("race", [{"view": "anatomy"}]),
    "sde-ode": ("race", [{"view": "sde-ode"}, {"view": "twin"}]),
    "steps": ("race", [{"view": "steps"}]),
    "both-ways": ("race", [{"view": "both-ways"}, {"view": "ways"}]),
    "digits-sample": ("digits", [{}]),
    "digits-side": ("digits", [{"sample.look": "side"}]),
    "digits-learn": ("digits", [{"view": "learn"}]),
    "digits-table": ("digits", [{"view": "table"}]),
    "digits-guidance": ("digits", [{"view": "guidance"}]),
    "digits-plane": ("digits", [{"view": "guidance", "guidance.look": "plane"}]),
    "digits-trade": ("digits", [{"view": "guidance", "guidance.look": "trade"}]),
    "digits-latents": ("digits", [{"view": "latents"}]),
    "digits-counts": ("digits", [{"view": "latents", "latents.look": "counts"}]),
    "digits-inverse": ("digits", [{"view": "inverse"}]),
}


def numbers(values: Any) -> list[float | None]:
    """To six digits; what is not finite as null."""
    flat = np.asarray(values, dtype=float).ravel().tolist()
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in flat]


def pictured(payload: bytes) -> tuple[list[Any], dict[str, Any]]:
    """A payload's panes without curves, and its curves by pane and label."""
    length = int.from_bytes(payload[:4], "little")
    scene = json.loads(payload[4 : 4 + length])

    def block(number: Any) -> Any:
        number = number["block"] if isinstance(number, dict) else number
        if number is None:
            return None
        place = scene["blocks"][number]
        return np.frombuffer(payload, TYPES[place["type"]], place["length"], 4 + length + place["at"])

    panes, curves = [], {}
    for pane in scene["panes"]:
        layers = []
        for layer in pane["layers"]:
            if layer["kind"] == "curve":
                for line in layer["lines"]:
                    x = block(line["x"]) if line["x"] is not None else block(layer["x"])
                    key = f"{pane['title']} / {line['label']}".removeprefix(" / ")
                    bars = None if line["whiskers"] is None else numbers(block(line["whiskers"]))
                    curves[key] = [numbers(x), numbers(block(line["y"])), bars]
                continue
            arrays = {}
            for name in ("xy", "groups", "origin", "vectors", "values", "images"):
                if layer.get(name) is not None:
                    data = block(layer[name])
                    arrays[name] = [len(data), int(data.astype(np.int64).sum()), hashlib.sha256(data).hexdigest()[:16]]
            layers.append([layer["kind"], layer["frames"], arrays])
        if layers:
            notes = pane["notes"] or [pane["note"]]
            panes.append([pane["title"], notes[0], notes[-1], numbers(pane["extent"]), numbers(pane["clock"]), layers])
    return panes, curves


def opened(page: str, choices: dict[str, str]) -> tuple[AppTest, list[Any], list[Any]]:
    """The page, and what it handed to the player and drew as charts in its last run."""
    from diffviz.ui import player

    shown: dict[str, Any] = {}
    charts: dict[str, Any] = {}
    player.show = lambda scene, key, *_, **__: shown.__setitem__(  # type: ignore[assignment]
        key, scene if isinstance(scene, bytes) else scene.payload()
    )
    try:
        from diffviz.ui import chart as drawn

        drawn.show = lambda chart, key, *_, **__: charts.__setitem__(key, chart)
    except ImportError:
        pass
    app = AppTest.from_file(str(APP), default_timeout=300)
    for name, value in choices.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    while any("cells measured" in caption.value for caption in app.caption):
        time.sleep(1)
        shown.clear()
        charts.clear()
        app.run()
    assert not app.exception, app.exception
    return app, list(shown.values()), list(charts.values())


def recorded(page: str, ways: list[dict[str, str]]) -> dict[str, Any]:
    """One view."""
    for choices in ways:
        app, payloads, charts = opened(page, choices)
        if not app.info and not app.error:
            break
    assert not app.info and not app.error, [box.value for box in [*app.info, *app.error]]
    panes: list[Any] = []
    curves: dict[str, Any] = {}
    for payload in payloads:
        more, lines = pictured(payload)
        panes += more
        curves |= lines
    for chart in charts:
        of = f"{chart.title} / " if len(charts) > 1 else ""
        curves |= {
            of + s.label: [numbers(s.x), numbers(s.y), None if s.bars is None else numbers(s.bars)]
            for s in chart.series
        }
    tables = [text.value for text in app.markdown if text.value.startswith("|")]
    cells = [
        float(v)
        for frame in app.dataframe
        for v in re.findall(NUMBER, " ".join(map(str, frame.value.to_numpy().ravel())))
    ]
    rows = [
        " ".join([name, *(" ".join(chart.heat.texts(r, c)) for c in range(len(chart.x.categories)))])
        for chart in charts
        if chart.heat is not None
        for r, name in enumerate(chart.y.categories)
    ]
    cells += [float(v) for v in re.findall(NUMBER, " ".join(rows))]
    said = [
        text.value
        for text in [*app.markdown, *app.caption]
        if re.search(r"\d", text.value) and not text.value.startswith(("|", "#"))
    ]
    return {"panes": panes, "curves": curves, "tables": tables, "cells": cells, "said": said}


def compare(one: dict[str, Any], other: dict[str, Any]) -> int:
    """Print what differs; answers how many views do."""
    worse = 0
    for view in sorted({*one, *other}):
        a, b = one.get(view), other.get(view)
        if a is None or b is None:
            print(f"{view:16} only in one")
            worse += 1
            continue
        different = [part for part in ("panes", "curves", "tables", "cells") if a[part] != b[part]]
        count = len(a["panes"]), len(a["curves"]), len(a["tables"])
        verdict = f"differs in {', '.join(different)}" if different else "equal"
        print(f"{view:16} {verdict}  (panes, curves, tables: {count})")
        worse += bool(different)
    return worse


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["record", "compare"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--views", nargs="*", default=list(VIEWS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.what == "compare":
        return compare(*(json.loads(path.read_text()) for path in options.files))
    path = options.files[0]
    found = json.loads(path.read_text()) if path.is_file() else {}
    for view in options.views:
        found[view] = recorded(*VIEWS[view])
        print(view, len(found[view]["panes"]), len(found[view]["curves"]), flush=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
