"""The pause that a provider asks for: status and Retry-After header."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# A provider that names a longer pause is asked again after this one.
LONGEST = timedelta(hours=24)


def pause_after(status: int, told: str, date: str, *, unsaid: timedelta) -> timedelta | None:
    """How long to leave a company's calls alone after an answer; None for not at all.

    `told` and `date` are the answer's Retry-After and Date headers. A 429 that names no pause asks for `unsaid`.
    """
    if status not in (429, 503):
        return None
    span = retry_after(told, date)
    return unsaid if span is None and status == 429 else span


def retry_after(told: str, date: str = "") -> timedelta | None:
    """`told` as a span: seconds, or a date counted from the answer's own Date header (RFC 9110, 10.2.3). None when
    absent or nonsense.

    Counting from the provider's Date keeps a difference between its clock and ours out of the span.
    """
    told = told.strip()
    if told.isascii() and told.isdigit():
        # A number of any length is compared as text first: Python refuses to read thousands of digits.
        return LONGEST if len(told) > 9 else min(timedelta(seconds=int(told)), LONGEST)
    until, now = _date(told), _date(date)
    return min(max(until - now, timedelta(0)), LONGEST) if until and now else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
