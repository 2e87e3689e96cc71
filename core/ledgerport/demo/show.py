"""The report as a person reads it, and progress while it is made: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from ledgerport.contract import Kind
from ledgerport.demo.outcome import Outcome, Synced
from ledgerport.demo.report import BooksReport

DIFFERENCES_SHOWN = 20
ROWS_SHOWN = 10
# Below this the way to the provider and back takes longer than its limits.
WORTH_COMPARING = timedelta(minutes=1)
# Seconds between two lines where there is no terminal to draw on.
_LINE_EVERY = 5.0


class Stage:
    """Says what goes on: `step` for what is done, `progress` for what takes a while."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said_at = float("-inf")

    def step(self, words: str) -> None:
        self.done()
        self.console.print(escape(words), highlight=False, soft_wrap=True)

    def progress(self, what: str, now: int, total: int | None, words: str = "") -> None:
        """`what` is fixed for one progress; `words` may change with every call."""
        figures = f"{now:,} of {total:,}" if total is not None else f"{now:,}"
        tail = f" · {words}" if words else ""
        if not self.console.is_terminal:
            if time.monotonic() - self._said_at >= _LINE_EVERY:
                self._said_at = time.monotonic()
                self.console.print(f"  {what}: {figures}{tail}", highlight=False, markup=False, soft_wrap=True)
            return
        if self._bar is None:
            columns = (TextColumn("  {task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[words]}"))
            self._bar = Progress(*columns, console=self.console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task(escape(what), total=total, words="")
        if self._task is not None:
            self._bar.update(self._task, completed=now, total=total, words=escape(figures + tail))

    def done(self) -> None:
        """What was in progress has ended."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None
        self._said_at = float("-inf")


def show(console: Console, outcome: Outcome) -> None:
    """Print the books report: one part for each provider, the verdict last."""
    _loaded(console, outcome)
    for synced in outcome.providers:
        _books(console, synced.books)
        _pace(console, synced, outcome)
        console.print()
        style = "green" if synced.books.agrees else "red"
        mark = "✓" if synced.books.agrees else "✗"
        console.print(f"[{style}]{mark}[/{style}] [bold]{synced.books.verdict}[/bold]", highlight=False)


def _loaded(console: Console, outcome: Outcome) -> None:
    load, data = outcome.load, outcome.data
    console.print()
    _line(console, f"Data: {outcome.source}")
    for rule in data.rules:
        _line(console, f"  {rule}")
    for row in data.left_out.rows():
        examples = "; ".join(row["examples"][:2])
        _line(console, f"  Left out: {row['count']:,} x {row['reason']} (for example {examples})")
    _line(console, f"  {load.lines:,} records sent, {load.accepted:,} taken, {load.rejected_count:,} rejected")
    for rejected in load.rejected[:ROWS_SHOWN]:
        where = f", field {rejected['field']}" if rejected["field"] else ""
        _line(console, f"  Line {rejected['line']}{where}: {rejected['reason']}")
    if load.rejected_count > ROWS_SHOWN:
        _line(console, f"  and {load.rejected_count - ROWS_SHOWN:,} more rejected rows (all counts are in --json)")


def _books(console: Console, books: BooksReport) -> None:
    title = f"Books report: {books.company} in {books.label}"
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in ("here", f"in {books.label}", "apart"):
        table.add_column(escape(name), justify="right")
    for kind in (Kind.CUSTOMER, Kind.ITEM, Kind.ESTIMATE, Kind.INVOICE, Kind.PAYMENT):
        counted = books.counts[kind]
        name = f"{kind.capitalize()}s"
        table.add_row(name, f"{counted.here:,}", f"{counted.there:,}", f"{abs(counted.here - counted.there):,}")
    table.add_section()
    for name, sums in books.money.items():
        cells = (f"{amount:,.2f} {books.currency}" for amount in (sums.here, sums.there))
        table.add_row(name.capitalize(), *cells, f"{sums.apart:,.2f}")
    console.print()
    console.print(table)
    before = {f"{kind}s": counted.before for kind, counted in books.counts.items() if counted.before}
    if before:
        already = ", ".join(f"{count:,} {name}" for name, count in before.items())
        _line(console, f"Already there before the first sync, left alone: {already}.")
    for difference in books.differences[:DIFFERENCES_SHOWN]:
        _line(console, f"  {difference.what}: {difference.sentence}")
    if len(books.differences) > DIFFERENCES_SHOWN:
        _line(console, f"  and {len(books.differences) - DIFFERENCES_SHOWN:,} more (all are in --json)")


def _pace(console: Console, synced: Synced, outcome: Outcome) -> None:
    pace, label = synced.pace, synced.books.label
    took = f"Sync: {span(pace.took)} on {label}'s clock"
    if pace.ratio is None or pace.floor.span < WORTH_COMPARING:
        _line(console, f"{took}; too few calls for the published limits to matter ({pace.floor.words}).")
    else:
        _line(
            console,
            f"{took}; the published limits allow {span(pace.floor.span)} at best ({pace.floor.words}): "
            f"ratio {pace.ratio:.3f}.",
        )
    if outcome.rate != 1:
        shown = span(timedelta(seconds=pace.computed * outcome.rate))
        _line(
            console,
            f"This machine, hub and sandbox together, computed for {pace.computed:.1f} s meanwhile, which a clock "
            f"{outcome.rate:g} times as fast shows as {shown}.",
        )
    _line(console, f"{pace.calls:,} calls at {label}, {pace.refused_calls:,} of them refused as over a limit.")
    speed = "in real time" if outcome.rate == 1 else f"with a clock {outcome.rate:g} times as fast"
    _line(
        console,
        f"{outcome.total_seconds:.1f} s on this machine {speed} ({outcome.load_seconds:.1f} s of it loading), "
        f"{outcome.peak_megabytes:,.0f} MB of memory at most.",
    )


def span(value: timedelta) -> str:
    """`6.0 s`, `6 min 3 s`, `2 h 6 min`."""
    seconds = round(value.total_seconds(), 1)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def counts_of(run: Mapping[str, Any]) -> str:
    """A run's figures in words, without zeros."""
    names = ("created", "updated", "unchanged", "skipped", "failed")
    return ", ".join(f"{run[name]:,} {name}" for name in names if run.get(name))


def _line(console: Console, words: str) -> None:
    console.print(words, highlight=False, markup=False, soft_wrap=True)
