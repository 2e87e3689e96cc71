"""Records and a scripted wire for the tests of the QuickBooks plugin."""

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
    Choices,
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
from ledgerport.contract.account import options_of

REALM = "9130000000000001"
OPERATION = "5c1d0a34-6f0e-4a57-9a55-3f9f0f8f2b11"
MARKER = "LP-00000000000000a1"
US_FACTS = {"country": "US", "tax": "ast", "custom_numbers": "true", "multicurrency": "false"}
MAPPING = PushMapping(income_account="79", expense_account="80")


def push(value: Any, **known: Any) -> Push[Any]:
    return Push(value=value, **{"operation_id": OPERATION, "marker": MARKER, "mapping": MAPPING, **known})


def customer(**changed: Any) -> Customer:
    return Customer(**{"ref": "C-1", "name": "Harbor View HOA", "email": "dana@harborview.example", **changed})


def item(**changed: Any) -> Item:
    known = {"ref": "I-1", "name": "Drain cleaning", "type": ItemType.SERVICE, "price": Decimal("145.00")}
    return Item(**{**known, **changed})


def line(quantity: str | Decimal = "2", price: str | Decimal = "145.00", **changed: Any) -> InvoiceLine:
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    known = {
        "description": "Drain cleaning, 2 visits",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "amount": amount,
        "item": Reference(ref="I-1", remote_id="41"),
    }
    return InvoiceLine(**{**known, **changed})


def invoice(**changed: Any) -> Invoice:
    return Invoice(**{**_document(), "ref": "INV-1", "number": "FS-10023", "due_on": date(2026, 10, 1), **changed})


def estimate(**changed: Any) -> Estimate:
    return Estimate(**{**_document(), "ref": "E-1", "number": "E-204", "expires_on": date(2026, 10, 1), **changed})


def payment(**changed: Any) -> Payment:
    known = {
        "ref": "P-1",
        "customer": Reference(ref="C-1", remote_id="74"),
        "invoice": Reference(ref="INV-1", remote_id="310"),
        "amount": Decimal("261.00"),
        "paid_on": date(2026, 9, 3),
    }
    return Payment(**{**known, **changed})


def _document() -> dict[str, Any]:
    return {
        "customer": Reference(ref="C-1", remote_id="74"),
        "issued_on": date(2026, 9, 1),
        "lines": [line()],
        "email": "dana@harborview.example",
    }


@dataclass
class Request:
    """A request as QuickBooks would see it."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]
    read: bool
    meter: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def statement(self) -> str:
        return self.query.get("query") or self.body.decode()


@dataclass
class Wire:
    """Answers in the order given; each is (status, object or bytes) or a function of the request."""

    answers: list[Any]
    facts: dict[str, str] = field(default_factory=lambda: dict(US_FACTS))
    requests: list[Request] = field(default_factory=list)

    def account(self, *, realm: str = REALM, currency: str = "USD", choices: Choices | None = None) -> Account:
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://quickbooks.example")
        company = Company(id=realm, name="Blue Plumbing", currency=currency, facts=self.facts)
        return Account(http=http, company=company, choices=choices or Choices())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        read, meter = options_of(request.extensions, request.method)
        seen = Request(
            method=request.method,
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            body=request.content,
            headers=dict(request.headers),
            read=read,
            meter=meter,
        )
        self.requests.append(seen)
        assert self.answers, f"no answer is left for {seen.method} {seen.path} {seen.query}"
        answer = self.answers.pop(0)
        status, body = answer(seen) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={"intuit_tid": "1-abc"})


def rows(entity: str, *found: dict[str, Any]) -> tuple[int, Any]:
    """A query's answer; without rows the entity's key is missing."""
    return 200, {"QueryResponse": {entity: list(found)} if found else {}, "time": "2026-09-01T05:58:07.300-07:00"}


def fault(code: str, detail: str = "", *, status: int = 400, **more: str) -> tuple[int, Any]:
    return status, fault_body(code, detail, **more)


def fault_body(
    code: str, detail: str = "", *, message: str = "", element: str = "", kind: str = "ValidationFault"
) -> Any:
    error = {"Message": message or f"message of {code}", "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [error], "type": kind}, "time": "2026-09-01T06:58:50.262-07:00"}
