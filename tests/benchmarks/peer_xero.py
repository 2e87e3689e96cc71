"""Xero's own client in a plain loop, in a process of its own: `python -m tests.benchmarks.peer_xero URL items`.

Batches of 50 into the books of the other organisation, one request after the other; prints a `Loop` as JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tests.benchmarks.loop import Loop, in_a_loop
from tests.benchmarks.paced import bills, price_book
from xero_python.accounting import AccountingApi  # type: ignore[import-untyped]
from xero_python.accounting.models import (  # type: ignore[import-untyped]
    Contact,
    Contacts,
    Invoice,
    Invoices,
    Item,
    Items,
    LineItem,
    Purchase,
)
from xero_python.api_client import ApiClient  # type: ignore[import-untyped]
from xero_python.api_client.configuration import Configuration  # type: ignore[import-untyped]
from xero_python.api_client.oauth2 import OAuth2Token  # type: ignore[import-untyped]

from ledgerport_xero_sandbox.state import OTHER_COMPANY
from ledgerport_xero_sandbox.visitor import SCOPES, Visitor

BATCH = 50
_ACCOUNT = "200"


def signed_in(url: str) -> Any:
    """xero-python, unchanged but for its base address."""
    with Visitor(url, tenant=OTHER_COMPANY) as visitor:
        tokens = {**visitor.sign_in(), "scope": SCOPES.split(), "expires_at": None}
    configuration = Configuration(oauth2_token=OAuth2Token("sandbox-client", "sandbox-secret"))
    client = ApiClient(
        configuration, pool_threads=1, oauth2_token_getter=lambda: tokens, oauth2_token_saver=lambda _: None
    )
    return AccountingApi(client, base_url=f"{url}/api.xro/2.0")


def items(books: Any) -> Loop:
    rows = [
        Item(
            code=f"P-{number}",
            name=str(record["name"])[:50],
            description=str(record["name"]),
            sales_details=Purchase(unit_price=Decimal(record["price"]), account_code=_ACCOUNT),
        )
        for number, record in enumerate(price_book().records)
    ]

    def send(some: Sequence[Any]) -> None:
        made = books.create_items(OTHER_COMPANY, Items(items=list(some)), summarize_errors=False, unitdp=4)
        assert len({one.item_id for one in made.items}) == len(some)

    return in_a_loop(_chunks(rows), send, records=len(rows))


def invoices(books: Any) -> Loop:
    buyer = books.create_contacts(OTHER_COMPANY, Contacts(contacts=[Contact(name="Buyer")])).contacts[0]
    rows = [
        Invoice(
            type="ACCREC",
            status="AUTHORISED",
            contact=Contact(contact_id=buyer.contact_id),
            invoice_number=f"N-{record['number']}",
            date=date.fromisoformat(record["issued_on"]),
            due_date=date.fromisoformat(record["issued_on"]),
            line_items=[
                LineItem(
                    description=line["item"],
                    quantity=Decimal(line["quantity"]),
                    unit_amount=Decimal(line["unit_price"]),
                    account_code=_ACCOUNT,
                    tax_type="NONE",
                )
                for line in record["lines"]
            ],
        )
        for record in bills().records
        if record["kind"] == "invoice"
    ]

    def send(some: Sequence[Any]) -> None:
        made = books.create_invoices(OTHER_COMPANY, Invoices(invoices=list(some)), summarize_errors=False, unitdp=4)
        assert [one.status for one in made.invoices] == ["AUTHORISED"] * len(some)

    return in_a_loop(_chunks(rows), send, records=len(rows))


def _chunks(rows: list[Any]) -> list[list[Any]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


_WORK: dict[str, Callable[[Any], Loop]] = {"items": items, "invoices": invoices}

if __name__ == "__main__":
    print(_WORK[sys.argv[2]](signed_in(sys.argv[1])).as_json())
