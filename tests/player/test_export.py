"""The exported page carries everything it needs."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from diffviz.player import Pane, Points, Scene, html, save

SCENE = Scene([Pane([Points(np.zeros((3, 4, 2)))], title="</script><b>")], description="Dots")


def test_refers_to_nothing_outside_itself() -> None:
    page = html(SCENE, "Title")
    assert not re.search(r"https?://|\bimport\b[\s(]+[\"'{*]|<link[^>]+href=\"(?!data:)|\bsrc=|url\(", page)
    assert "default-src 'none'" in page


def test_carries_the_payload_and_escapes_the_title() -> None:
    page = html(SCENE, "<script>alert(1)</script>")
    found = re.search(r'id="payload">([^<]*)<', page)
    assert found is not None and base64.b64decode(found[1]) == SCENE.payload()
    assert "<script>alert" not in page


class _Elements(HTMLParser):
    """Collects the attributes of the elements it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_a_notebook_shows_a_scene_in_a_frame_that_may_only_run_scripts() -> None:
    reader = _Elements()
    reader.feed(Scene(SCENE.panes, description='"Dots" <b>')._repr_html_())
    [(tag, frame)] = reader.elements
    assert tag == "iframe" and frame["title"] == '"Dots" <b>' and frame["sandbox"] == "allow-scripts allow-downloads"
    held = re.search(r'id="payload">([^<]*)<', frame["srcdoc"] or "")
    assert held is not None and "&quot;Dots&quot; &lt;b&gt;" in (frame["srcdoc"] or "")
    assert base64.b64decode(held[1]) == Scene(SCENE.panes, description='"Dots" <b>').payload()


def test_saves_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "scene.html"
    assert save(SCENE, target) == target
    before = target.read_text(encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save(SCENE, target, title="Another")
    assert target.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [target]
