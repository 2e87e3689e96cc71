"""The scheduler's thread: ticks when something becomes due, and at least once a second."""

from __future__ import annotations

import threading
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledgerport.services.context import Hub
from ledgerport.services.tick import Sent, lead, step_down, tick

# What other processes made due is seen this late at most, in seconds of the machine.
_LONGEST_WAIT = 1.0
# How often the lease is lengthened; it lasts three times as long.
_BEAT = 3.0

_log = structlog.get_logger(__name__)


class Scheduler:
    """One thread. Of all schedulers over one database the one with the lease ticks, the others stand by."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._sent = Sent()
        self._leads = False
        self._beat_at = float("-inf")
        self._wake = threading.Condition()
        self._poked = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this one ticks."""
        return self._leads

    def start(self) -> None:
        self._thread.start()

    def poke(self) -> None:
        """Something may have become due at another moment than was known: look now."""
        with self._wake:
            self._poked = True
            self._wake.notify()

    def stop(self, seconds: float = 10.0) -> None:
        """End the thread and let another scheduler take over."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            wait = self._turn()
            with self._wake:
                self._wake.wait_for(lambda: self._poked or self._stopped, timeout=wait)
                if self._stopped:
                    break
                self._poked = False
        if self._leads:
            self._leads = False
            try:
                step_down(self._hub)
            except SQLAlchemyError:
                # The lease runs out by itself.
                _log.exception("step_down_failed")

    def _turn(self) -> float:
        """One look; how many seconds of the machine to wait for the next."""
        try:
            if time.monotonic() >= self._beat_at:
                self._leads = lead(self._hub)
                self._beat_at = time.monotonic() + (_BEAT if self._leads else _LONGEST_WAIT)
            if not self._leads:
                return _LONGEST_WAIT
            next_at = tick(self._hub, self._sent)
        except Exception:  # noqa: BLE001
            # The database or the broker is away. The timer must outlive that: it is what makes everything go on.
            _log.exception("tick_failed")
            return _LONGEST_WAIT
        if next_at is None:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, max(0.0, self._hub.clock.real_seconds(next_at - self._hub.clock.now())))
