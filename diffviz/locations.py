"""Where the app's own files stand: at the root of a checkout, or in `diffviz/lab` of an installed wheel.

A wheel has no place beside its packages, so that building one copies the app into the package (`pyproject.toml` lists
what). A checkout has no `diffviz/lab`, and an editable installation reads the checkout.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_LAB = _PACKAGE / "lab"

ROOT = _LAB if _LAB.is_dir() else _PACKAGE.parent
APP = ROOT / "app.py"
PAGES = ROOT / "pages"
CONTENT = ROOT / "content"
ASSETS = ROOT / "assets"
