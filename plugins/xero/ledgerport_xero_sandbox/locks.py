"""The two locks of an organisation: no document dated up to these days may be made, changed or removed."""

from __future__ import annotations

from datetime import date

from ledgerport_xero_sandbox.refusals import Refused
from ledgerport_xero_sandbox.state import Books


def check(books: Books, *days: str) -> None:
    """Raises Refused when one of the days (`YYYY-MM-DD`) is locked; whether the text names the date is UNSURE."""
    company = books.company
    for day in days:
        if company.year_lock is not None and day <= company.year_lock:
            raise Refused("The document date cannot be before the end of year lock date")
        if company.period_lock is not None and day <= company.period_lock:
            until = date.fromisoformat(company.period_lock)
            more = f" of {until.day} {until:%b %Y}" if books.switches["lock_date_suffix"] else ""
            raise Refused(f"The document date cannot be before the period lock date{more}")
