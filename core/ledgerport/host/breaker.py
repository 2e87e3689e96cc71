"""Lets a plugin that fails again and again rest: its calls are answered at once, and one trial call decides.

A circuit belongs to one company's calls, or to one grant's; when several fail and nothing goes right in between, the
whole plugin rests. So one tenant whose records a plugin chokes on cannot stop the others, and a plugin that is broken
for everybody is not asked by everybody in turn.

Why not a kept library: `pybreaker` and `circuitbreaker` read the machine's clock themselves and know no moment at which
to come again, and with `purgatory` too everybody who shares a circuit shares its trial; the hub's clock is a value, the
answer of an open circuit is a moment, and circuits come in two sizes here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ledgerport.contract import Clock

# Somebody else's trial call is under way: not worth a long wait.
_TRIAL_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`failures` in a row open a circuit for `rest` (of the hub's clock); each trial that fails doubles the rest, up to
    `longest`."""

    failures: int = 5
    rest: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """An open circuit. `of`: whose calls wait, a company's id or a grant's sign; empty: all calls of the plugin.

    `why`: the hook and the kind of its last failure. `until`: when the next trial may come (UTC).
    """

    of: str
    failures: int
    why: str
    opened_at: datetime
    until: datetime


# Told of a circuit that opened or went on resting, or (None) that the circuit of somebody closed.
Told = Callable[[str, Circuit | None], None]


class Resting(Exception):
    """The call may not enter the plugin. `until`: when to come again."""

    def __init__(self, circuit: Circuit, until: datetime) -> None:
        super().__init__(circuit.why)
        self.circuit = circuit
        self.until = until


@dataclass(eq=False, slots=True)
class Ticket:
    """Leave to enter, to be handed back with what came of it."""

    of: str
    trial: bool = False


@dataclass(slots=True)
class _Row:
    failures: int = 0
    circuit: Circuit | None = None
    rest: timedelta | None = None
    trial: Ticket | None = None


@dataclass(slots=True)
class _News:
    """What is told once the lock is free."""

    of: str
    circuit: Circuit | None


# Nobody's calls are called so: a company without an id has not been chosen yet, and is called by its grant.
_ALL = ""


@dataclass(eq=False)
class Breaker:
    """The circuits of one plugin in this process."""

    clock: Clock
    rules: Rules
    told: Told | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rows: dict[str, _Row] = field(default_factory=dict)
    # Whose calls failed since the last one that went right.
    _blamed: set[str] = field(default_factory=set)

    def enter(self, of: str) -> Ticket:
        """Leave for one call. Raises Resting."""
        ticket = Ticket(of)
        if not self._rows:
            return ticket
        with self._lock:
            now = self.clock.now()
            trials = []
            for key in (_ALL, of):
                row = self._rows.get(key)
                if row is None or row.circuit is None:
                    continue
                # Who has not failed yet may show at once that the plugin works for others.
                early = key == _ALL and of not in self._blamed
                if row.trial is not None or (now < row.circuit.until and not early):
                    wait = _TRIAL_WAIT if row.trial is not None else timedelta(0)
                    raise Resting(row.circuit, max(row.circuit.until, now + wait))
                trials.append(row)
            for row in trials:
                row.trial, ticket.trial = ticket, True
        return ticket

    def good(self, ticket: Ticket, *, proof: bool = True) -> None:
        """The call ended as the contract says. `proof`: with an answer that only a working plugin can give; without, it
        counts for nothing unless it was the trial."""
        if not self._rows or not (proof or ticket.trial):
            return
        with self._lock:
            self._blamed.clear()
            whole = self._rows.get(_ALL)
            if whole is not None:
                whole.failures = 0
            closed = [
                _News(key, None)
                for key in (_ALL, ticket.of)
                if (row := self._rows.pop(key, None)) is not None and row.circuit is not None
            ]
        self._tell(closed)

    def bad(self, ticket: Ticket, why: str, *, weight: int = 1) -> None:
        """The plugin failed by its own fault. `weight`: how many failures this one counts for."""
        news = []
        with self._lock:
            self._blamed.add(ticket.of)
            for key in (_ALL, ticket.of):
                row = self._rows.setdefault(key, _Row())
                row.failures += weight
                failed_trial = row.trial is ticket
                if failed_trial:
                    row.trial = None
                elif row.circuit is not None:
                    # It was under way when the circuit opened.
                    continue
                everywhere = key != _ALL or len(self._blamed) > 1
                if failed_trial or (row.failures >= self.rules.failures and everywhere):
                    self._open(key, row, why)
                    news.append(_News(key, row.circuit))
        self._tell(news)

    def give_back(self, ticket: Ticket) -> None:
        """The call never began: it says nothing, and somebody else may try."""
        if ticket.trial:
            with self._lock:
                for row in self._rows.values():
                    row.trial = None if row.trial is ticket else row.trial

    def circuits(self) -> tuple[Circuit, ...]:
        """What is open now, the whole plugin first."""
        with self._lock:
            self._forget()
            return tuple(row.circuit for _, row in sorted(self._rows.items()) if row.circuit is not None)

    def _forget(self) -> None:
        """Nobody has come for a trial: a company that is not connected any more, a grant that was replaced."""
        long_ago = self.clock.now() - self.rules.longest
        for key, row in list(self._rows.items()):
            if row.circuit is not None and row.trial is None and row.circuit.until < long_ago:
                del self._rows[key]

    def _open(self, key: str, row: _Row, why: str) -> None:
        now = self.clock.now()
        row.rest = min(2 * row.rest, self.rules.longest) if row.rest is not None else self.rules.rest
        until = now + row.rest
        if row.circuit is not None:
            row.circuit = replace(row.circuit, failures=row.failures, why=why, until=until)
        else:
            row.circuit = Circuit(of=key, failures=row.failures, why=why, opened_at=now, until=until)

    def _tell(self, news: list[_News]) -> None:
        if self.told is not None:
            for each in news:
                self.told(each.of, each.circuit)
