"""FreshBooks' client in a plain loop, in a process of its own: `python -m tests.benchmarks.peer_freshbooks URL items`.

One record a call into the books of the other business, one call after the other; prints a `Loop` as JSON. The client
takes its addresses from FRESHBOOKS_API_URL and FRESHBOOKS_AUTH_URL.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import httpx
from freshbooks.client import Client
from tests.benchmarks.loop import Loop, in_a_loop
from tests.benchmarks.paced import bills, price_book

from ledgerport_freshbooks_sandbox.state import OTHER_COMPANY

CALLBACK = "http://127.0.0.1:9/callback"
Row = dict[str, Any]


def signed_in() -> Any:
    """freshbooks-sdk, unchanged but for its addresses."""
    client = Client("sandbox-client", "sandbox-secret", CALLBACK, auto_retry=False)
    answer = httpx.post(client.get_auth_request_url(), data={"decision": "allow"}, trust_env=False)
    client.get_access_token(httpx.URL(answer.headers["location"]).params["code"])
    return client


def items(books: Any) -> Loop:
    rows = [{"name": record["name"], "unit_cost": _money(record["price"])} for record in price_book().records]

    def send(row: Row) -> None:
        assert books.items.create(OTHER_COMPANY, row).itemid

    return in_a_loop(rows, send, records=len(rows))


def invoices(books: Any) -> Loop:
    buyer = books.clients.create(OTHER_COMPANY, {"organization": "Buyer", "email": "buyer@example.com"}).userid
    rows = [
        {
            "customerid": buyer,
            "create_date": record["issued_on"],
            "invoice_number": f"N-{record['number']}",
            "action_mark_as_sent": True,
            "lines": [
                {"name": line["item"], "qty": line["quantity"], "unit_cost": _money(line["unit_price"])}
                for line in record["lines"]
            ],
        }
        for record in bills().records
        if record["kind"] == "invoice"
    ]

    def send(row: Row) -> None:
        assert books.invoices.create(OTHER_COMPANY, row).invoiceid

    return in_a_loop(rows, send, records=len(rows))


def _money(amount: str) -> Row:
    return {"amount": amount, "code": "USD"}


_WORK: dict[str, Callable[[Any], Loop]] = {"items": items, "invoices": invoices}

if __name__ == "__main__":
    print(_WORK[sys.argv[2]](signed_in()).as_json())
