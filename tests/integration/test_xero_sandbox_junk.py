"""Xero's sandbox takes any JSON: what makes no sense is refused, never a server error, and the books still add up."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.integration.xero_desk import JUNK, contact, draft, fresh, invoice, line, payment, served

from ledgerport_xero_sandbox.visitor import Visitor

SPOILERS: list[Any] = [
    *(None, "", [], {}, 0, -1, 1.5, 1e30, True, "x" * 300, "2026-08-03", "é\"'/", "NaN", "DELETED", "ARCHIVED", JUNK),
    *([{}], [None], ["x"], {"a": 1}),
]
CALLS = 600


def bodies(app: Visitor, buyer: str, bill: dict[str, Any], number: int) -> list[tuple[str, str, dict[str, Any]]]:
    """One good request of each kind."""
    wanted = draft(app, buyer, line(5, DiscountRate=10, TaxAmount=1), InvoiceNumber=f"N-{number}", Reference="r")
    part = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 0.01}
    row = {"LineItemID": bill["LineItems"][0]["LineItemID"], "Quantity": 3}
    phone, address = {"PhoneType": "FAX", "PhoneNumber": "1"}, {"AddressType": "POBOX", "Country": "US"}
    details = {"UnitPrice": 1, "AccountCode": "200", "TaxType": "NONE"}
    return [
        ("PUT", "Contacts", {"Name": f"N-{number}", "Phones": [phone], "Addresses": [address]}),
        ("POST", "Contacts", {"ContactID": buyer, "ContactPersons": [{"FirstName": "A"}]}),
        ("PUT", "Items", {"Code": f"N-{number}", "IsSold": True, "SalesDetails": details}),
        ("PUT", "Invoices", wanted),
        ("POST", f"Invoices/{bill['InvoiceID']}", {"LineItems": [row]}),
        ("PUT", "Quotes", {"Contact": {"ContactID": buyer}, "Date": "2026-08-03", "LineItems": [line(2)]}),
        ("PUT", "Payments", payment(bill, 0.01, Reference="x")),
        ("PUT", "BatchPayments", {"Account": {"Code": "090"}, "Date": "2026-08-03", "Payments": [part]}),
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all members below a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    return found + [one for key, part in inner for one in places(part, (*path, key))]


def test_no_body_makes_the_sandbox_fail_and_the_books_add_up() -> None:
    chance = random.Random(20260803)
    statuses = set()
    with served() as running, fresh(running) as app:
        app.sign_in()
        buyer = contact(app)["ContactID"]
        bill = invoice(app, buyer=buyer)
        for number in range(CALLS):
            method, path, body = copy.deepcopy(chance.choice(bodies(app, buyer, bill, number)))
            *way, last = chance.choice(places(body))
            target: Any = body
            for step in way:
                target = target[step]
            target[last] = copy.deepcopy(chance.choice(SPOILERS))
            answer = app.call(method, path, body, None, **chance.choice([{}, {"summarizeErrors": "false"}]))
            assert answer.status_code in {200, 400}, (method, path, body, answer.text)
            statuses.add(answer.status_code)
        assert statuses == {200, 400}
        assert app.ledger()["checks"] == []
