"""Our records beside what we know of the provider's, line by line: figures in, differences out. Pure.

Sums and differences come from the same lines, so that what two sums are apart is what the differences explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledgerport.contract import Kind

ZERO = Decimal(0)


class What(StrEnum):
    """Why both sides differ over one record."""

    MISSING_THERE = "not there"
    GONE = "deleted there"
    CHANGED = "changed since"
    VARIANCE = "rounded there"
    AMOUNT = "amount apart"
    NOT_DUE = "should not be there"
    UNAPPLIED = "not applied"
    MISSING_HERE = "not here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record, or one object of the provider's without a record here.

    `here` is its amount, counted when it is `due` in the books. `there` is what the provider has: zero when it is not
    there, None when nobody told us its amount. `variance` is what the provider's own working out added when it was
    last sent. `changed`: saved again since then. `reason`: why it waits or what befell it. `count`: how many records
    that agree were added up in one line.
    """

    kind: Kind
    ref: str
    name: str
    on: date | None = None
    due: bool = True
    here: Decimal = ZERO
    linked: bool = False
    gone: bool = False
    there: Decimal | None = ZERO
    variance: Decimal = ZERO
    changed: bool = False
    foreign: bool = False
    reason: str = ""
    what: What | None = None
    count: int = 1

    @property
    def ours(self) -> Decimal:
        """What it adds to our sum."""
        return self.here if self.due else ZERO

    @property
    def theirs(self) -> Decimal:
        """What it adds to the provider's; where nobody told us, it is taken to agree."""
        if self.there is not None:
            return self.there
        return self.ours if self.linked and not self.gone else ZERO

    @property
    def apart(self) -> Decimal:
        """The provider's less ours."""
        return self.theirs - self.ours


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not the same on both sides, in words. `apart`: the provider's amount less ours."""

    kind: Kind
    ref: str
    name: str
    on: date | None
    what: What
    sentence: str
    here: Decimal
    there: Decimal
    apart: Decimal


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Both sides of one kind, in one month or in all. `explained`: the sum of the differences there are.

    `rounded`: how many of the differences are the provider's own rounding of tax alone, which nobody has to see to.
    `untold`: records whose amount over there nobody told us; they are taken to agree. `not_here`: objects of the
    provider's that no record here is linked to.
    """

    here: Decimal = ZERO
    there: Decimal = ZERO
    count_here: int = 0
    count_there: int = 0
    differences: int = 0
    rounded: int = 0
    explained: Decimal = ZERO
    untold: int = 0
    not_here: int = 0

    @property
    def apart(self) -> Decimal:
        return self.there - self.here


def explain(line: Line, label: str, *, computes_tax: bool) -> Difference | None:
    """What is to be said about a line; None when both sides agree, as far as we know."""
    told = _told(line, label, computes_tax=computes_tax)
    if told is None:
        return None
    what, sentence = told
    return Difference(
        kind=line.kind,
        ref=line.ref,
        name=line.name,
        on=line.on,
        what=what,
        sentence=sentence,
        here=line.ours,
        there=line.theirs,
        apart=line.apart,
    )


def _told(line: Line, label: str, *, computes_tax: bool) -> tuple[What, str] | None:
    name = line.name
    if line.what is What.MISSING_HERE and line.kind in (Kind.CUSTOMER, Kind.ITEM):
        # Books hold more people and things than the host app bills: counted, and no fault.
        return None
    if line.what is not None:
        return line.what, f"{name}: {line.reason}"
    if line.due and line.gone:
        return What.GONE, f"{name} was deleted in {label}."
    if line.due and not line.linked:
        return What.MISSING_THERE, f"{name} is not in {label}. {line.reason or 'It was not sent yet.'}"
    if not line.apart:
        return None
    figures = f"{line.ours:,.2f} here, {line.theirs:,.2f} in {label}"
    if not line.due:
        return What.NOT_DUE, f"{name} is still in {label}, but does not count here any more. {line.reason}".strip()
    if line.changed:
        waits = line.reason or "The change is on its way."
        return What.CHANGED, f"{name}: {figures}; it was changed since it was sent. {waits}"
    if line.variance and line.apart == line.variance:
        why = f" ({label} works out tax in its own way)" if computes_tax else ""
        return What.VARIANCE, f"{name}: {figures}{why}."
    return What.AMOUNT, f"{name}: {figures}."


def add_up(lines: Iterable[Line], differences: Mapping[int, Difference]) -> Sums:
    """The sums of some lines; `differences` by the lines' identity."""
    here = there = explained = ZERO
    count_here = count_there = counted = rounded = untold = not_here = 0
    for line in lines:
        here, there = here + line.ours, there + line.theirs
        count_here += line.count * (line.due and line.what is None)
        is_there = line.what is What.MISSING_HERE or (line.linked and not line.gone and (line.due or bool(line.there)))
        count_there += line.count * (is_there and line.what is not What.UNAPPLIED)
        untold += line.there is None and line.due and line.linked and not line.gone
        not_here += line.what is What.MISSING_HERE
        difference = differences.get(id(line))
        if difference is not None:
            counted, explained = counted + 1, explained + difference.apart
            rounded += difference.what is What.VARIANCE
    return Sums(
        here=here,
        there=there,
        count_here=count_here,
        count_there=count_there,
        differences=counted,
        rounded=rounded,
        explained=explained,
        untold=untold,
        not_here=not_here,
    )


def by_month(lines: Iterable[Line]) -> Iterator[tuple[str, list[Line]]]:
    """`2026-05` and its lines, newest first."""
    months: dict[str, list[Line]] = {}
    for line in lines:
        months.setdefault(f"{line.on:%Y-%m}" if line.on is not None else "", []).append(line)
    yield from sorted(months.items(), reverse=True)
