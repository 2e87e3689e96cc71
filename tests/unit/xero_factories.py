"""Records and a scripted wire for the tests of the Xero plugin."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from ledgerport.contract import (
    Account,
    Company,
    Customer,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    ItemType,
    Payment,
    Push,
    PushMapping,
    Reference,
)

TENANT = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f"
OPERATION = "5c1d0a34-6f0e-4a57-9a55-3f9f0f8f2b11"
MARKER = "LP-00000000000000a1"
CONTACT = "64ae88f6-d5ca-43e3-a7e2-f9a8ca006c3d"
INVOICE = "2693e40e-e3f0-4fd5-8f33-e79d2bdd31cf"
BANK = "562555f2-8cde-4ce9-8203-0363922537a4"
EMPTY = "00000000-0000-0000-0000-000000000000"
CODES = {"taxable": "OUTPUT2", "exempt": "ZERORATED"}
MAPPING = PushMapping(income_account="200", expense_account="310", deposit_account=BANK, tax_codes=CODES)
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


def guid(number: int) -> str:
    """An id that is easy to recognise in a failure."""
    return f"00000000-0000-4000-8000-{number:012d}"


def push(value: Any, **known: Any) -> Push[Any]:
    return Push(value=value, **{"operation_id": OPERATION, "marker": MARKER, "mapping": MAPPING, **known})


def customer(**changed: Any) -> Customer:
    known = {"ref": "C-1", "name": "Meadow Lane Dental", "email": "accounts@meadowlane.example", "currency": "NZD"}
    return Customer(**{**known, **changed})


def item(**changed: Any) -> Item:
    known = {
        "ref": "I-1",
        "name": "Gate motor service",
        "type": ItemType.SERVICE,
        "price": Decimal("145.50"),
        "currency": "NZD",
        "code": "GATE-SVC",
    }
    return Item(**{**known, **changed})


def line(quantity: str | Decimal = "2", price: str | Decimal = "145.00", **changed: Any) -> InvoiceLine:
    known = {
        "description": "Gate motor service",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "amount": (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")),
        "item": Reference(ref="I-1", remote_id=guid(41), name="Gate motor service"),
        "item_code": "GATE-SVC",
    }
    return InvoiceLine(**{**known, **changed})


def invoice(**changed: Any) -> Invoice:
    return Invoice(**{**_document(), "ref": "INV-1", "number": "FS-20417", "due_on": date(2026, 8, 17), **changed})


def estimate(**changed: Any) -> Estimate:
    return Estimate(**{**_document(), "ref": "E-1", "number": "QU-204", "expires_on": date(2026, 9, 1), **changed})


def payment(**changed: Any) -> Payment:
    known = {
        "ref": "P-1",
        "customer": Reference(ref="C-1", remote_id=CONTACT),
        "invoice": Reference(ref="INV-1", remote_id=INVOICE),
        "amount": Decimal("100.00"),
        "paid_on": date(2026, 8, 10),
        "currency": "NZD",
    }
    return Payment(**{**known, **changed})


def _document() -> dict[str, Any]:
    return {
        "customer": Reference(ref="C-1", remote_id=CONTACT),
        "issued_on": date(2026, 8, 3),
        "lines": [line()],
        "currency": "NZD",
    }


@dataclass
class Request:
    """A request as Xero would see it."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """Answers in the order given; each is (status, object or bytes[, headers]) or a function of the request."""

    answers: list[Any]
    requests: list[Request] = field(default_factory=list)

    def account(self, *, tenant: str = TENANT, currency: str = "NZD") -> Account:
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://api.xero.example")
        return Account(http=http, company=Company(id=tenant, name="Blue Plumbing", currency=currency))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        seen = Request(
            method=request.method,
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
            body=request.content,
            headers=dict(request.headers),
        )
        self.requests.append(seen)
        assert self.answers, f"no answer is left for {seen.method} {seen.path} {seen.query}"
        answer = self.answers.pop(0)
        status, body, *more = answer(seen) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(
            status, content=content, headers={"Xero-Correlation-Id": "c-1", **(more[0] if more else {})}
        )


def rows(entity: str, *found: dict[str, Any], pages: int | None = None) -> Answer:
    """A list's answer; `pages`: of how many it is one."""
    answer: dict[str, Any] = {"Id": guid(1), "Status": "OK", entity: list(found)}
    if pages is not None:
        answer["pagination"] = {"page": 1, "pageSize": 100, "pageCount": pages, "itemCount": len(found)}
    return 200, answer


def page(entity: str, *found: dict[str, Any]) -> Answer:
    """The only page of a list that has pages."""
    return rows(entity, *found, pages=1)


def refused(message: str, **echoed: Any) -> dict[str, Any]:
    """An element that was refused with summarizeErrors=false."""
    return {
        **echoed,
        "HasValidationErrors": True,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": message}],
    }


def exception(*messages: str, number: int = 10, kind: str = "ValidationException") -> Answer:
    """An ApiException."""
    elements = [{"ContactID": EMPTY, "ValidationErrors": [{"Message": message} for message in messages]}]
    return 400, {
        "ErrorNumber": number,
        "Type": kind,
        "Message": "A validation exception occurred",
        "Elements": elements,
    }


def problem(status: int, detail: str, title: str = "Unauthorized") -> dict[str, Any]:
    """The gateway's answer."""
    return {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": guid(9), "Extensions": {}}
