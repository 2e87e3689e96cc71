"""The books report in words, the same for the console, REST and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledgerport.contract import Kind
from ledgerport.services.books_report import BooksReport


class Verdict(NamedTuple):
    """`kind`: `good`, `info` (nobody has to do anything) or `warn`."""

    kind: str
    head: str
    words: str


def verdict(report: BooksReport) -> Verdict:
    """Whether both books agree, in a sentence, and what to make of it."""
    label = report.label
    apart = f"{sum(abs(its.sums.apart) for its in report.kinds):,.2f} {report.currency}"
    if not report.differences:
        return Verdict("good", "No difference.", f"As far as we know, {label} has what is here, to the cent.")
    rounded = sum(its.sums.rounded for its in report.kinds)
    if rounded == len(report.differences):
        head = f"Agrees, but for {_counted(rounded, 'document')} that {label} rounded, {apart}."
        return Verdict("info", head, f"{label} works tax out in its own way. Nothing has to be done; each is below.")
    head = f"{_counted(len(report.differences), 'difference')}, {apart} apart."
    return Verdict("warn", head, "Each is explained below.")


def sources(report: BooksReport) -> list[str]:
    """Where the provider's figures are from, and what nobody could ask."""
    label, compared = report.label, report.comparison
    told = [
        f"Invoices and estimates: the total that {label} answered when each was last sent. "
        f"{label} is not asked for its own list of them, so one that somebody made there is not in this report."
    ]
    listed = [its.kind for its in report.kinds if its.listed]
    known = [kind for kind in (Kind.PAYMENT, Kind.CUSTOMER, Kind.ITEM) if kind not in listed]
    if listed and compared is not None:
        told.append(f"{_names(listed)}: {label}'s own list, read at {compared.at:%H:%M} UTC on {compared.at:%d %b %Y}.")
    if known:
        cannot = [kind for kind in known if kind not in report.can_list]
        words = f"{_names(known)}: what we know from sending them."
        told.append(f"{words} {label} does not let {_names(cannot).lower()} be listed." if cannot else words)
    untold = sum(its.sums.untold for its in report.kinds if its.months)
    if untold:
        told.append(
            f"{_counted(untold, 'record was', 'records were')} in {label} before or linked by hand, and nobody told us "
            "the amount there: it is taken to be the same."
        )
    if report.foreign:
        told.append(
            f"{_counted(report.foreign, 'record is', 'records are')} in another currency than {report.currency}, and "
            "in no sum of this report."
        )
    return told


def _names(kinds: Sequence[Kind]) -> str:
    words = [f"{kind}s" for kind in kinds]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words).capitalize()


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
