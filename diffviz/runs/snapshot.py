"""What others see of a run: its status and its latest state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from diffviz.protocols import Array
from diffviz.runs.history import SavedWeights
from diffviz.training.loop import Progress


class Status(StrEnum):
    """What a run is doing; the value is what people read."""

    READY = "ready"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    IDLE = "paused, as nobody is looking"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether only `reset` leads on from here."""
        return self in (Status.FINISHED, Status.STOPPED, Status.FAILED)


@dataclass(frozen=True)
class Snapshot:
    """What a page draws of a run.

    evaluation: what `observe` made of the model, of whatever type it returns. losses: (n, 2) step and loss. moments:
    saved weights to replay.
    """

    progress: Progress
    evaluation: Any
    losses: Array
    moments: tuple[SavedWeights, ...]
