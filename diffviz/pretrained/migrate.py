"""Rewriting a checkpoint of an earlier version under the layer names and with the digest of this one."""

from __future__ import annotations

from pathlib import Path

from diffviz.pretrained.checkpoint import Card, digest, read_checkpoint, write_checkpoint
from diffviz.pretrained.legacy import current_names


def migrate(path: Path) -> Card:
    """Rewrite `path` and its .json with the same tensors under this version's names; the new card.

    The card stays as it is but for its digest, which names are part of and seconds no longer. Nothing is written if the
    checkpoint cannot be read (`CheckpointError`), or if names and digest are of this version already.
    """
    tensors, card = read_checkpoint(path)
    renamed = current_names(tensors)
    return card if digest(renamed, card) == card.sha256 else write_checkpoint(path, renamed, card)
