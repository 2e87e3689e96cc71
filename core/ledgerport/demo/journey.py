"""The way through the demo: every tenant connects, the same data is loaded for all, all sync at once, all compare."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ledgerport.contract import Kind
from ledgerport.demo.floor import floor
from ledgerport.demo.memory import LEXICAL, Told, words
from ledgerport.demo.outcome import Outcome
from ledgerport.demo.progress import Stage
from ledgerport.demo.seat import Seat, take_seats
from ledgerport.demo.show import counts_of, span
from ledgerport.demo.source import open_source, portions
from ledgerport.demo.stage import DemoFailed, Options, Running
from ledgerport.services.sync_estimate import every

if sys.platform != "win32":
    import resource

# Seconds of the machine: how often a run is looked at, and how long all may stand still before the demo gives up. The
# longest wait that a published limit causes is a minute.
_LOOK_EVERY = 0.25
_STILL_AT_MOST = 300.0
_MEGABYTE = 1024 * 1024
# So many records that the limit which matters in the long run shows.
_MANY = dict.fromkeys(Kind, 1_000_000)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class Journey:
    """The steps, in order; `operator_key` and the seats' keys are what a person may go on with."""

    def __init__(self, running: Running, options: Options, stage: Stage, told: threading.Event) -> None:
        self._running, self._options, self._stage, self._told = running, options, stage, told
        self.operator_key, self.seats = take_seats(running, options.providers)

    def run(self) -> Outcome:
        """The whole way. Raises Interrupted, DemoFailed, HubRefused, NotConnected, BadSource, WrongAnswer."""
        began = time.monotonic()
        lines, data = open_source(self._options.data, invoices=self._options.invoices, items=self._options.items)
        for seat in self.seats:
            self._stop_if_told()
            seat.connect(self._stage)
        load_began = time.monotonic()
        self._load(lines)
        load_seconds = time.monotonic() - load_began
        self._sync()
        told = self._ask() if self._options.memory else ()
        synced = tuple(seat.compare() for seat in self.seats)
        for seat in self.seats:
            seat.leave()
        return Outcome(
            source=str(self._options.data) if self._options.data else "a plumbing company, made up",
            data=data,
            rate=self._options.rate,
            load_seconds=load_seconds,
            total_seconds=time.monotonic() - began,
            peak_megabytes=peak_megabytes(),
            providers=synced,
            memory=told,
        )

    def _load(self, lines: Iterator[bytes]) -> None:
        """The data is made or read once; each portion goes to every tenant before the next one is taken."""
        first = self.seats[0].load
        for body, count in portions(lines):
            for seat in self.seats:
                self._stop_if_told()
                seat.send(body, count)
            self._stage.progress("Loading", first.lines, None, f"{first.rejected_count:,} rejected")
        each = "" if len(self.seats) == 1 else f" for each of {len(self.seats)} tenants"
        self._stage.step(f"{first.accepted:,} records loaded{each}, {first.rejected_count:,} rejected.")

    def _sync(self) -> None:
        """Start a run with every provider, and wait until all are finished."""
        for seat in self.seats:
            seat.start()
        moved_at, last = time.monotonic(), -1
        while True:
            for seat in self.seats:
                seat.look()
            handled = sum(seat.handled for seat in self.seats)
            total = sum(int(seat.run["total"]) for seat in self.seats)
            self._stage.progress("Syncing", handled, total, self._pace_words())
            if handled != last:
                moved_at, last = time.monotonic(), handled
            elif time.monotonic() - moved_at > _STILL_AT_MOST:
                raise DemoFailed(f"The sync has stood still for {_STILL_AT_MOST:.0f} seconds at {handled:,} records.")
            self._stop_if_told()
            if all(seat.done for seat in self.seats):
                break
            self._told.wait(_LOOK_EVERY)
        for seat in self.seats:
            self._stage.step(f"Sync with {seat.terms.label}: {counts_of(seat.run)}.")

    def _ask(self) -> tuple[Told, ...]:
        """Wait until all is remembered, then ask the first tenant's memory."""
        moved_at, last = time.monotonic(), -1
        while True:
            standing = [seat.remembered() for seat in self.seats]
            documents, waiting = sum(one[0] for one in standing), sum(one[1] for one in standing)
            self._stage.progress("Remembering", documents, documents + waiting)
            if not waiting:
                break
            if documents != last:
                moved_at, last = time.monotonic(), documents
            elif time.monotonic() - moved_at > _STILL_AT_MOST:
                reason = next((one[2] for one in standing if one[2]), "")
                raise DemoFailed(f"The memory has stood still at {documents:,} documents. {reason}")
            self._stop_if_told()
            self._told.wait(_LOOK_EVERY)
        self._stage.step(f"{documents:,} documents remembered. Past prices, asked at tenant {self.seats[0].slug}:")
        self._stage.step(f"  {LEXICAL}")
        told = []
        for one in self.seats[0].ask_ten():
            told.append(one)
            for line in words(one):
                self._stage.step(line)
        cited = sum(one.citations for one in told)
        self._stage.step(f"{len(told)} questions answered; {cited} citations and all figures agree with the records.")
        return tuple(told)

    def _pace_words(self) -> str:
        """`about 2 min left · limited by QuickBooks Online to 40 batch calls a minute`, for a person who waits.

        With several providers: how far each is.
        """
        now = self._running.clock.now()
        left = [_left(seat.run, seat.handled, now) for seat in self.seats if not seat.done]
        known = [one for one in left if one is not None]
        words = [f"about {span(max(known) / self._options.rate)} left"] if known else []
        if len(self.seats) > 1:
            words += [f"{seat.terms.label} {_share(seat)}" for seat in self.seats]
        else:
            terms = self.seats[0].terms
            limit = floor(terms, _MANY).limit
            if limit is not None:
                words.append(f"limited by {terms.label} to {limit.count:,} {limit.meter} calls {every(limit)}")
        return " · ".join(words)

    def _stop_if_told(self) -> None:
        if self._told.is_set():
            raise Interrupted


def peak_megabytes() -> float:
    """The most memory that this process ever held; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEGABYTE


def _share(seat: Seat) -> str:
    """`40 %`, or `done`."""
    total = int(seat.run["total"])
    return "done" if seat.done or not total else f"{100 * seat.handled // total} %"


def _left(run: Mapping[str, Any], handled: int, now: datetime) -> timedelta | None:
    """How much longer at the pace so far; None before there is one."""
    if not handled:
        return None
    took = now - datetime.fromisoformat(run["started_at"])
    return took * (max(0, int(run["total"]) - handled) / handled)
