"""The heartbeat of a drain lease, in a thread of its own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledgerport.db.repositories import drain_leases
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.services.context import Hub

log = structlog.get_logger(__name__)

# Real seconds: a lease is about processes, and processes do not run on the hub's clock.
_EVERY_SECONDS = 5.0


class Heart:
    """Beats while its block runs.

    Once a beat finds another fence, `is_lost` stays true.
    """

    def __init__(self, hub: Hub, held: Held) -> None:
        self._hub, self._held = hub, held
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heart-{held.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def is_lost(self) -> bool:
        return self._lost.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the lease is ours."""
        self._lost.wait(seconds)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                with self._hub.database.everything() as session:
                    if not drain_leases.beat(session, self._held.id, self._held.fence):
                        self._lost.set()
                        return
            except SQLAlchemyError as error:
                # The lease lasts three beats: a database that is busy for one costs nothing, and every write checks the
                # fence anyway.
                log.warning("drain.beat_failed", connection=self._held.id, error=type(error).__name__)
