"""`diffviz migrate`: checkpoints of earlier versions, rewritten for this one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffviz.commands.output import check_destination
from diffviz.pretrained.checkpoint import read_checkpoint
from diffviz.pretrained.migrate import migrate


def migrate_command(paths: Sequence[Path]) -> None:
    """Rewrite each; raises `ConfigError` before any is touched if one cannot be read or written."""
    for path in paths:
        read_checkpoint(path)
        check_destination(path, path.stat().st_size)
        check_destination(path.with_suffix(".json"))
    for path in paths:
        migrate(path)
        print(f"wrote {path}")
