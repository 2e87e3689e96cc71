"""Finding quotes: their list takes no filter for several, so a batch is looked for among the quotes of its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ledgerport.contract import Estimate, Push, Remote, name_key
from ledgerport_xero.answers import Row
from ledgerport_xero.client import Client
from ledgerport_xero.shapes import ESTIMATE

# From so many quotes on their days are read first; so many pages of them at most, before each is asked for alone.
_MANY = 4
_MOST_PAGES = 5
# Whether a span of days holds its first and last one is not documented.
_MARGIN = timedelta(days=1)


def quotes_of(client: Client, pushes: Sequence[Push[Estimate]]) -> list[list[Remote]]:
    """For each push the quotes with its number, or (where it has none) with its mark in the reference."""
    known: list[Remote] = []
    complete = False
    if len(pushes) >= _MANY:
        known, complete = _of_their_days(client, pushes)
    answer = []
    for push in pushes:
        found = _of_push(known, push)
        if not found and not complete:
            found = _of_push(_asked_for(client, push), push)
        answer.append(found)
    return answer


def _of_their_days(client: Client, pushes: Sequence[Push[Estimate]]) -> tuple[list[Remote], bool]:
    """The quotes of the days of these pushes, and whether they are all."""
    days = sorted(push.value.issued_on for push in pushes)
    query = {"DateFrom": (days[0] - _MARGIN).isoformat(), "DateTo": (days[-1] + _MARGIN).isoformat()}
    rows: list[Row] = []
    for number in range(1, _MOST_PAGES + 1):
        page, more = client.page(ESTIMATE.entity, number, query)
        rows += page
        if not more:
            return _read(rows), True
    return _read(rows), False


def _asked_for(client: Client, push: Push[Estimate]) -> list[Remote]:
    quote = push.value
    if quote.number:
        # A number is unique: what there is stands on the first page.
        return _read(client.page(ESTIMATE.entity, 1, {"QuoteNumber": quote.number})[0])
    query = {
        "ContactID": quote.customer.remote_id,
        "DateFrom": (quote.issued_on - _MARGIN).isoformat(),
        "DateTo": (quote.issued_on + _MARGIN).isoformat(),
    }
    return _read(client.rows(ESTIMATE.entity, query))


def _of_push(known: Sequence[Remote], push: Push[Any]) -> list[Remote]:
    if push.value.number:
        wanted = name_key(push.value.number.strip())
        return [remote for remote in known if name_key(remote.number.strip()) == wanted]
    return [remote for remote in known if push.marker and remote.marker.lower() == push.marker.lower()]


def _read(rows: Sequence[Mapping[str, Any]]) -> list[Remote]:
    return list({remote.id: remote for remote in map(ESTIMATE.from_wire, rows)}.values())
