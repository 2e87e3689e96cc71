"""A folder's index in a process of its own, beside the hub.

Chroma keeps Python's global lock while it writes (measured: 240 vectors stop every thread of their process for a
quarter of a second). In the hub's process a backfill would stand in the way of billing, and the index in the way of the
next request; and a crash of Chroma's native code would take the hub with it. So it lives in a process that the hub
starts at the first use, talks to over pipes (`frames.py`) and ends.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from ledgerport.memory.errors import MemoryAway, MemoryBusy, MemoryRefused
from ledgerport.memory.frames import receive, send
from ledgerport.memory.port import Near, What

# A question waits for the write before it, so writes are cut: each takes about a third of a second. Smaller ones cost
# Chroma more: 120 at once took a third longer for the same vectors.
_PUT = 480
# A process that was killed leaves its index process a moment to end and to give the folder back.
_FREED_WITHIN, _LOOK = 2.0, 0.1
_ENDS_WITHIN = 10.0


class FolderIndex:
    """Passages in Chroma over a folder. `seconds`: how long one act may take before its process counts as hanging."""

    def __init__(self, folder: Path, *, model: str, dimension: int, seconds: float = 120.0) -> None:
        self._command = [sys.executable, "-m", "ledgerport.memory.index_process", str(folder), model, str(dimension)]
        self._where = str(folder)
        self._dimension = dimension
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def put(self, tenant_id: int, what: What, passages: Sequence[tuple[str, bytes]]) -> None:
        # One vector an id, the last.
        rows = list(dict(passages).items())
        for start in range(0, len(rows), _PUT):
            part = rows[start : start + _PUT]
            for _, vector in part:
                self._check(vector)
            head = {"act": "put", "what": what, "tenant": tenant_id, "ids": [id for id, _ in part]}
            self._ask(head, b"".join(vector for _, vector in part))

    def near(self, tenant_id: int, what: What, vector: bytes, limit: int) -> list[Near]:
        self._check(vector)
        told = self._ask({"act": "near", "what": what, "tenant": tenant_id, "limit": limit}, vector)
        return [Near(id=id, similarity=similarity) for id, similarity in told]

    def remove(self, tenant_id: int, what: What, ids: Sequence[str]) -> None:
        if ids:
            self._ask({"act": "remove", "what": what, "tenant": tenant_id, "ids": list(ids)})

    def drop(self, tenant_id: int) -> None:
        self._ask({"act": "drop", "tenant": tenant_id})

    def count(self, tenant_id: int, what: What) -> int:
        return int(self._ask({"act": "count", "what": what, "tenant": tenant_id}))

    def close(self) -> None:
        with self._lock:
            self._end()

    def _check(self, vector: bytes) -> None:
        if len(vector) != 4 * self._dimension:
            raise MemoryRefused(
                f"A vector of {len(vector) // 4} numbers does not go with vectors of {self._dimension}: "
                "LEDGERPORT_MEMORY__DIMENSION was changed. Run `ledgerport memory backfill`."
            )

    def _ask(self, head: dict[str, Any], body: bytes = b"") -> Any:
        give_up = time.monotonic() + _FREED_WITHIN
        while True:
            with self._lock:
                began = self._process is None
                answer = self._exchange(head, body)
                if answer.get("fault") == MemoryBusy.__name__:
                    self._end()
            if "fault" not in answer:
                return answer["done"]
            if answer["fault"] != MemoryBusy.__name__ or not began or time.monotonic() > give_up:
                raise _fault(answer)
            # An event that nobody sets: a timed wait.
            threading.Event().wait(_LOOK)

    def _exchange(self, head: dict[str, Any], body: bytes) -> dict[str, Any]:
        """Send and receive, one at a time. A process that says nothing in time is killed. Raises MemoryAway."""
        process = self._process or self._start()
        watch = threading.Timer(self._seconds, process.kill)
        watch.daemon = True
        watch.start()
        try:
            send(_pipe(process.stdin), head, body)
            message = receive(_pipe(process.stdout))
        except OSError:
            message = None
        finally:
            watch.cancel()
        if message is None:
            self._end()
            raise MemoryAway(f"The process that keeps the vectors in {self._where} ended; it is started again.")
        return message[0]

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by this very Python
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise MemoryAway(f"The process that keeps the vectors cannot be started ({error.strerror}).") from error
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # It ends when its pipe does.
        with suppress(OSError):
            _pipe(process.stdin).close()
        try:
            process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pipe(process.stdout).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _fault(answer: dict[str, Any]) -> MemoryAway | MemoryRefused | MemoryBusy:
    if answer["fault"] == MemoryAway.__name__:
        after = answer["after"]
        return MemoryAway(answer["sentence"], after=None if after is None else timedelta(seconds=after))
    return (
        MemoryBusy(answer["sentence"]) if answer["fault"] == MemoryBusy.__name__ else MemoryRefused(answer["sentence"])
    )
