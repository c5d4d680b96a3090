"""Rewriting a checkpoint of an earlier version under the layer names of this one."""

from __future__ import annotations

from pathlib import Path

from diffviz.pretrained.checkpoint import Card, load_learner, read_checkpoint, write_checkpoint
from diffviz.pretrained.legacy import current_names


def migrate(path: Path) -> Card:
    """Rewrite `path` and its .json with the same tensors under this version's names; the new card.

    The card stays as it is but for its digest, as names are part of that. Nothing is written if the checkpoint cannot
    be loaded (`CheckpointError`), or if its names are of this version already.
    """
    load_learner(path)
    tensors, card = read_checkpoint(path)
    renamed = current_names(tensors)
    return card if renamed.keys() == tensors.keys() else write_checkpoint(path, renamed, card)
