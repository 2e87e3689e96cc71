"""The report as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledgerport.contract import Kind
from ledgerport.demo.outcome import Outcome, Pace, Synced
from ledgerport.demo.report import BooksReport

DIFFERENCES_SHOWN = 20
ROUNDED_SHOWN = 5
ROWS_SHOWN = 10
# Below this the way to the provider and back takes longer than its limits.
WORTH_COMPARING = timedelta(minutes=1)


def show(console: Console, outcome: Outcome) -> None:
    """Print the books report: one part for each provider, its verdict last; of several, all verdicts at the end."""
    _loaded(console, outcome)
    alone = len(outcome.providers) == 1
    for synced in outcome.providers:
        _books(console, synced.books)
        _rounding(console, synced.books)
        _pace(console, synced)
        if alone:
            _machine(console, outcome)
        console.print()
        _mark(console, f"[bold]{synced.books.verdict}[/bold]", well=synced.books.agrees)
    if not alone:
        _summary(console, outcome)
        console.print()
        _machine(console, outcome)


def _summary(console: Console, outcome: Outcome) -> None:
    """A line for each provider, in columns; not a table, which would break where it is printed narrow."""
    rows = [(one, span(one.pace.took), _at_best(one.pace)) for one in outcome.providers]
    label = max(len(one.books.label) for one, _, _ in rows)
    verdict = max(len(one.books.verdict) for one, _, _ in rows)
    took = max(len(words) for _, words, _ in rows)
    console.print("\n[bold]All providers[/bold]")
    for one, words, best in rows:
        columns = f"{one.books.label:<{label}}  {one.books.verdict:<{verdict}}  {words:>{took}}{best}"
        _mark(console, f"{escape(columns)}  (tenant {one.tenant})", well=one.books.agrees)


def _at_best(pace: Pace) -> str:
    """` (1 min 0 s at best)`; nothing where the limits do not matter."""
    return f" ({span(pace.floor.span)} at best)" if _matters(pace) else ""


def _matters(pace: Pace) -> bool:
    """Whether the limits decide how long a sync takes, rather than the way to the provider and back."""
    return pace.ratio is not None and pace.floor.span >= WORTH_COMPARING


def _mark(console: Console, markup: str, *, well: bool) -> None:
    style, mark = ("green", "✓") if well else ("red", "✗")
    console.print(f"[{style}]{mark}[/{style}] {markup}", highlight=False, soft_wrap=True)


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
    if not outcome.loaded_alike:
        for one in outcome.providers:
            _line(console, f"  {one.tenant} took {one.load.accepted:,} of {one.load.lines:,}: not what the others took")


def _books(console: Console, books: BooksReport) -> None:
    title = f"Books report: {books.company} in {books.label}"
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    rounded = bool(books.rounded)
    for name in ("here", f"in {books.label}", *(("tax rounding",) if rounded else ()), "apart"):
        table.add_column(escape(name), justify="right")
    blank = ("",) if rounded else ()
    for kind in (Kind.CUSTOMER, Kind.ITEM, Kind.ESTIMATE, Kind.INVOICE, Kind.PAYMENT):
        counted = books.counts[kind]
        name = f"{kind.capitalize()}s"
        table.add_row(name, f"{counted.here:,}", f"{counted.there:,}", *blank, f"{abs(counted.here - counted.there):,}")
    table.add_section()
    for name, sums in books.money.items():
        cells = (f"{amount:,.2f} {books.currency}" for amount in (sums.here, sums.there))
        variance = (f"{sums.variance:+,.2f}" if sums.variance else "",) if rounded else ()
        table.add_row(name.capitalize(), *cells, *variance, f"{sums.apart:,.2f}")
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


def _rounding(console: Console, books: BooksReport) -> None:
    """What is no difference, but not the same to the cent either."""
    if not books.rounded:
        return
    _line(console, f"{books.rounding}:")
    for rounded in books.rounded[:ROUNDED_SHOWN]:
        _line(console, f"  {rounded.sentence}")
    if len(books.rounded) > ROUNDED_SHOWN:
        _line(console, f"  and {len(books.rounded) - ROUNDED_SHOWN:,} more (all are in --json)")


def _pace(console: Console, synced: Synced) -> None:
    pace, label = synced.pace, synced.books.label
    took = f"Sync: {span(pace.took)} on {label}'s clock"
    if not _matters(pace):
        _line(console, f"{took}; too few calls for the published limits to matter ({pace.floor.words}).")
    else:
        _line(
            console,
            f"{took}; the published limits allow {span(pace.floor.span)} at best ({pace.floor.words}): "
            f"ratio {pace.ratio:.3f}.",
        )
    _line(console, f"{pace.calls:,} calls at {label}, {pace.refused_calls:,} of them refused as over a limit.")


def _machine(console: Console, outcome: Outcome) -> None:
    """What this machine had to do for all of it: on a fast clock its own work counts many times over."""
    if outcome.rate != 1:
        computed = max(one.pace.computed for one in outcome.providers)
        what = "hub and sandbox" if len(outcome.providers) == 1 else "hub and all sandboxes"
        _line(
            console,
            f"This machine, {what} together, computed for {computed:.1f} s during the sync, which a clock "
            f"{outcome.rate:g} times as fast shows as {span(timedelta(seconds=computed * outcome.rate))}.",
        )
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
