"""FreshBooks' clock: `updated` is local time of the eastern United States without a zone (fact sheet, 4). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_EASTERN = ZoneInfo("America/New_York")


def span_of(updated: str) -> tuple[datetime, datetime] | None:
    """The earliest and the latest moment (UTC) that a text can mean; None when it is no time.

    They are one, but for the hour that is repeated when daylight saving ends.
    """
    try:
        local = datetime.fromisoformat(updated)
    except ValueError:
        return None
    if local.tzinfo is not None:
        moment = local.astimezone(UTC)
        return moment, moment
    readings = [local.replace(tzinfo=_EASTERN, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(readings), max(readings)


def eastern_day(moment: datetime) -> date:
    """The day on FreshBooks' calendar, which `search[updated_min]` counts in."""
    return moment.astimezone(_EASTERN).date()
