"""Threads that hooks run in: a call that does not return is left behind, and the next one gets another thread.

They are daemons, so that a plugin that hangs for ever cannot keep a worker from ending. What is left behind is counted
and bounded: a thread cannot be ended from outside.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

# Seconds that a thread waits for its next call.
_IDLE_SECONDS = 10.0
# Whether this thread is in a hook already.
_here = threading.local()


class Hung(Exception):
    """The call did not return in its time. Its thread goes on by itself."""


class Busy(Exception):
    """No thread came free in time; the call never began."""


class TooManyHang(Exception):
    """So many calls hang that no further one is begun until one of them returns."""


class _Job:
    __slots__ = ("call", "context", "future", "given_up")

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.context = contextvars.copy_context()
        self.future: Future[Any] = Future()
        self.given_up = False


class HookThreads:
    """`at_once`: calls that may be under way. `may_hang`: calls that may be left behind."""

    def __init__(self, name: str, *, at_once: int = 64, may_hang: int = 16) -> None:
        self._name = name
        self._places = threading.BoundedSemaphore(at_once)
        self._may_hang = may_hang
        self._lock = threading.Lock()
        self._idle: list[queue.SimpleQueue[_Job]] = []
        self._hung = 0

    @property
    def hung(self) -> int:
        """How many calls were left behind and have not returned yet."""
        return self._hung

    def run(self, call: Callable[[], Any], seconds: float) -> Any:
        """What `call` returns or raises, with whatever it raises; within `seconds` (real).

        Raises Hung, Busy, TooManyHang.
        """
        if self._hung >= self._may_hang:
            raise TooManyHang(f"{self._hung} calls hang")
        # A hook that waits for a token asks the plugin for it: it holds a place already, and waiting for a second one
        # could be for ever.
        inside = getattr(_here, "inside", False)
        if not inside and not self._places.acquire(timeout=seconds):
            raise Busy("no thread came free")
        try:
            job = _Job(call)
            self._hand_over(job)
            try:
                return job.future.result(timeout=seconds)
            except FutureTimeout:
                with self._lock:
                    if job.future.done():
                        # It is the call's own time-out, or it returned in this very moment.
                        return job.future.result()
                    job.given_up = True
                    self._hung += 1
                raise Hung(f"no answer in {seconds:g} s") from None
        finally:
            if not inside:
                self._places.release()

    def _hand_over(self, job: _Job) -> None:
        with self._lock:
            jobs = self._idle.pop() if self._idle else None
            if jobs is not None:
                jobs.put(job)
                return
        jobs = queue.SimpleQueue()
        jobs.put(job)
        threading.Thread(target=self._work, args=(jobs,), name=self._name, daemon=True).start()

    def _work(self, jobs: queue.SimpleQueue[_Job]) -> None:
        _here.inside = True
        while True:
            try:
                job = jobs.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if jobs not in self._idle:
                        # A call was handed over in this very moment.
                        continue
                    self._idle.remove(jobs)
                return
            result, error = None, None
            try:
                result = job.context.run(job.call)
            except BaseException as raised:  # noqa: BLE001 - a plugin's SystemExit must not end the hub
                error = raised
            with self._lock:
                self._hung -= job.given_up
                if error is not None:
                    job.future.set_exception(error)
                else:
                    job.future.set_result(result)
                self._idle.append(jobs)
            # Nothing of a call is kept until the next one.
            del job, result, error
