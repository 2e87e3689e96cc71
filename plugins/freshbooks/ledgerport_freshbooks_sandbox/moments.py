"""FreshBooks' clocks: accounting timestamps are US/Eastern without a zone, a few are UTC (sections 0 and 4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_SHAPE = "%Y-%m-%d %H:%M:%S"


def eastern(now: float) -> str:
    """`2026-06-29 12:48:49`, US/Eastern."""
    return datetime.fromtimestamp(now, EASTERN).strftime(_SHAPE)


def utc(now: float) -> str:
    """`2026-06-29 16:48:49`, UTC."""
    return datetime.fromtimestamp(now, UTC).strftime(_SHAPE)


def iso(now: float) -> str:
    """`2026-06-29T16:48:49Z`, as identity and events write it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today(now: float) -> str:
    """The date in US/Eastern."""
    return eastern(now)[:10]


def start_of(day: str) -> float:
    """Epoch seconds of the first moment of a US/Eastern day (`YYYY-MM-DD`)."""
    return datetime.fromisoformat(day).replace(tzinfo=EASTERN).timestamp()


def later(day: str, days: int) -> str:
    """A date some days after another. Raises OverflowError beyond the year 9999."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
