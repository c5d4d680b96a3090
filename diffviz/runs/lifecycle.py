"""What any training in the background goes through: a worker thread drains a loop, others look at its snapshots."""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.protocols import Array
from diffviz.runs.history import SavedWeights
from diffviz.runs.looks import Looks
from diffviz.runs.slices import SlicedTraining
from diffviz.runs.slots import CORES, SEATS, SLICE, Slots, take_slot, turn
from diffviz.runs.snapshot import Snapshot, Status
from diffviz.training.loop import Progress

OBSERVE_EVERY, PAUSE_AFTER, END_AFTER = 0.3, 60.0, 600.0  # seconds


class _Unwanted(Exception):
    """In line for a computing slot: the run is to pause, or to begin anew."""


Observe = Callable[[Any, Progress], Any]  # a model, or several, and how far they are


class Learner(Protocol):
    """What learns in a run: flat weights in, something to look at out."""

    @property
    def initial(self) -> Tensor:
        """A copy of the flat weights as they are."""
        ...

    def load(self, weights: Tensor) -> Any:
        """Put flat weights in place; what an observer looks at."""
        ...


class _Ended(Exception):
    """The worker is to end, with this status and this sentence."""

    def __init__(self, status: Status, reason: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Run(ABC):
    """Start, pause, resume, stop and reset one training; every method returns at once.

    A subclass says what learns, and by which loop. `observe(model, progress)` runs in the worker a few times a second,
    for a fifth of the run's own work at most; its result must not hold on to the model, whose weights change. `latest`
    is swapped as a whole. The run pauses a minute after the last `touch` and ends after ten; a touch wakes it. It also
    ends at a loss that is not finite, keeping the last good weights; `reason` then says so in one sentence.

    points: an array, or a float32 tensor, which is not copied and must not change. every: seconds between two looks.
    work_clock: seconds that the calling thread has computed, without those in which it waited.
    """

    def __init__(
        self,
        points: Array | Tensor,
        seed: int,
        observe: Observe | None = None,
        *,
        every: float = OBSERVE_EVERY,
        clock: Callable[[], float] = time.monotonic,
        work_clock: Callable[[], float] = time.thread_time,
        seats: Slots = SEATS,
        cores: Slots = CORES,
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.seed = seed
        self.points = points if isinstance(points, Tensor) else torch.tensor(points, dtype=torch.float32)
        self.reason = ""
        self._every = every
        self._observe, self._seats, self._cores = observe, seats, cores
        self._clock, self._work_clock = clock, work_clock
        self._changed = threading.Condition(threading.RLock())
        self._status, self._wanted = Status.READY, Status.READY
        self._thread: threading.Thread | None = None
        self._latest: Snapshot | None = None
        self._looked = clock()

    # What others see

    @property
    def observe(self) -> Observe | None:
        """The callback given at the start: whoever adopts the run finds there how it is looked at."""
        return self._observe

    @property
    def status(self) -> Status:
        """What the run is doing."""
        return self._status

    @property
    def latest(self) -> Snapshot | None:
        """The latest frozen snapshot; None before the first."""
        return self._latest

    @property
    def moments(self) -> tuple[SavedWeights, ...]:
        """Saved moments of training, oldest first, to replay learning."""
        return self._latest.moments if self._latest else ()

    @property
    def position(self) -> int:
        """Place in line while queued, 1 for the next; else 0."""
        return self._seats.position(self) or 0

    @property
    def silence(self) -> float:
        """Seconds since the last `touch`."""
        return self._clock() - self._looked

    # What others do

    def start(self) -> None:
        """Begin, or go on after a pause; an ended run stays ended until it is reset."""
        self.touch()
        with self._changed:
            if self._wanted is Status.READY and self._thread is not None:
                self._changed.wait_for(lambda: self._thread is None)  # a reset under way ends within a slice
            if self._status.ended or self._wanted is Status.STOPPED:
                return
            self._wanted = Status.RUNNING
            if self._thread is None:
                self._status = Status.QUEUED
                self._thread = threading.Thread(target=self._work, name=f"training-{self.id[:6]}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    resume = start

    def pause(self) -> None:
        """Stop computing and give up the seat, keeping all state."""
        self._want(Status.PAUSED)

    def stop(self) -> None:
        """End for good, keeping the last weights."""
        self._want(Status.STOPPED)

    def reset(self) -> None:
        """Back to the very same initial weights, ready to start."""
        with self._changed:
            self._wanted = Status.READY
            if self._thread is None:
                self._clear()
            self._changed.notify_all()

    def touch(self) -> None:
        """Someone looked: stay awake, or wake up."""
        with self._changed:
            self._looked = self._clock()
            self._changed.notify_all()

    def wait(self, until: Callable[[], bool], timeout: float) -> bool:
        """Block until a condition on this run holds, at most `timeout` seconds; whether it came to hold."""
        with self._changed:
            return self._changed.wait_for(until, timeout)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the worker to end."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def wake(self) -> None:
        """Have the worker look again at the clock and at what is wanted."""
        with self._changed:
            self._changed.notify_all()

    # The worker. It never holds its own lock while it enters or leaves a place, as that may take another run's lock.

    def _work(self) -> None:
        torch.set_num_threads(1)  # per thread; two small runs with two threads each are ten times slower
        try:
            self._drain()
        except _Ended as end:
            status, reason = end.status, end.reason
        except ConfigError as error:
            status, reason = Status.FAILED, str(error)
        except Exception as error:
            status, reason = Status.FAILED, f"Training stopped on an internal error: {type(error).__name__}: {error}"
        else:
            status, reason = Status.FINISHED, ""
        self._seats.leave(self)
        with self._changed:
            if self._wanted is Status.READY:
                self._clear()
            else:
                self._status, self.reason = status, reason
            self._thread = None
            self._changed.notify_all()

    def _drain(self) -> None:
        learner = self._learner()
        training = SlicedTraining(self._loop(), learner.initial)
        looks = Looks(self._every, self._work_clock)
        while True:
            self._obey()
            try:
                with turn(self._cores, SLICE):
                    take_slot(self._raise_if_unwanted)
                    training.advance(lambda: self._wanted is Status.RUNNING)
                    progress = training.progress
                    if progress is not None and (looks.due or training.over or self._wanted is not Status.RUNNING):
                        with looks.look():
                            evaluation = self._observed(learner, progress)
                            self._publish(training.snapshot(progress, evaluation))
            except _Unwanted:
                continue
            if training.fault:
                raise _Ended(Status.FAILED, training.fault)
            if training.over:
                return

    def _raise_if_unwanted(self) -> None:
        if self._wanted in (Status.PAUSED, Status.READY):  # a stop takes a last look, so that the last weights are kept
            raise _Unwanted

    def _observed(self, learner: Learner, progress: Progress) -> Any:
        return self._observe(learner.load(progress.weights), progress) if self._observe else None

    @abstractmethod
    def _learner(self) -> Learner:
        """A fresh one, with its first weights."""

    @abstractmethod
    def _loop(self) -> Iterator[Progress]:
        """The loop from the start, one progress a step."""

    def _publish(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._latest = snapshot
            self._changed.notify_all()

    def _obey(self) -> None:
        """Return once the run may compute; wait while it is paused, idle or in line; raise `_Ended` at its end."""
        while True:
            with self._changed:
                if self._wanted in (Status.STOPPED, Status.READY):
                    raise _Ended(self._wanted)
                silence = self.silence
                if silence >= END_AFTER:
                    raise _Ended(Status.STOPPED, "The run ended, as nobody looked at it for ten minutes.")
                awake = silence < PAUSE_AFTER
                eager = awake and self._wanted is Status.RUNNING
                position = self._seats.position(self)
                if eager and position == 0:
                    self._become(Status.RUNNING)
                    return
                if eager == (position is not None):
                    waiting = Status.QUEUED if eager else Status.PAUSED
                    self._become(Status.IDLE if not awake and self._wanted is Status.RUNNING else waiting)
                    self._changed.wait((PAUSE_AFTER if awake else END_AFTER) - silence)
                    continue
            if eager:
                self._seats.enter(self, self.wake)
            else:
                self._seats.leave(self)
            self.wake()

    def _become(self, status: Status) -> None:
        if self._status is not status:
            self._status = status
            self._changed.notify_all()

    def _want(self, status: Status) -> None:
        with self._changed:
            if self._thread is None:
                if status is Status.STOPPED and not self._status.ended:
                    self._wanted = self._status = Status.STOPPED
            elif self._wanted not in (Status.READY, Status.STOPPED):
                self._wanted = status
            self._changed.notify_all()

    def _clear(self) -> None:
        self._status, self._latest, self.reason = Status.READY, None, ""
