"""Home plays a shipped scene and opens the doors."""

import json
import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def test_home_draws_without_complaint():
    app = AppTest.from_file(str(ROOT / "app.py")).run()
    assert not app.exception
    assert any("Noise in, data out" in words.value for words in app.markdown)  # the style sheets come before


def test_home_imports_nothing_heavy():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; AppTest.from_file('app.py').run();"
        "print([m for m in ('torch', 'sklearn', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip().splitlines()[-1] == "[]"


def test_the_shipped_scene_is_what_its_card_says():
    payload = (ROOT / "assets" / "home.scene").read_bytes()
    card = json.loads((ROOT / "assets" / "home.json").read_text())
    assert card["bytes"] == len(payload) < 2_000_000
    assert (ROOT / "assets" / card["weights"]).exists()
