"""The exported page carries everything it needs."""

from __future__ import annotations

import base64
import re
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
