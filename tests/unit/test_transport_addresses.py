"""Addresses and pauses: the pure parts of the wire."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledgerport.engine.exchange import rebase
from ledgerport.engine.retry_after import LONGEST, retry_after


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", "https://api.acme.example/v3/items?q=a%20b&x="),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001/v3/items?q=a%20b&x="),
        ("http://127.0.0.1:9001/", "http://127.0.0.1:9001/v3/items?q=a%20b&x="),
        ("https://sandbox.acme.example", "https://sandbox.acme.example/v3/items?q=a%20b&x="),
    ],
)
def test_rebasing_replaces_the_origin_and_keeps_path_and_query(address: str, expected: str) -> None:
    assert rebase("https://api.acme.example/v3/items?q=a%20b&x=", address) == expected


@pytest.mark.parametrize(
    ("told", "date", "span"),
    [
        ("0", "", timedelta(0)),
        (" 30 ", "", timedelta(seconds=30)),
        ("9" * 5000, "", LONGEST),
        ("Mon, 23 Nov 2026 12:00:45 GMT", "Mon, 23 Nov 2026 12:00:00 GMT", timedelta(seconds=45)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", "Mon, 23 Nov 2026 12:00:00 GMT", timedelta(0)),
        ("Mon, 23 Nov 2026 12:00:45 GMT", "", None),
        ("", "", None),
        ("-5", "", None),
        ("soon", "Mon, 23 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date_from_the_providers_own(
    told: str, date: str, span: timedelta | None
) -> None:
    assert retry_after(told, date) == span
