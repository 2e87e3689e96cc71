"""Records and a scripted wire for the tests of the FreshBooks plugin."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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
from ledgerport.contract.account import options_of

ACCOUNT = "6BApk"
BASE = f"/accounting/account/{ACCOUNT}"
MARKER = "LP-00000000000000a1"
OTHER = "LP-00000000000000b2"
TAXES = PushMapping(tax_codes={"taxable": "Sales tax|8.25"})


def push(value: Any, **known: Any) -> Push[Any]:
    operation = "5c1d0a34-6f0e-4a57-9a55-3f9f0f8f2b11"
    return Push(value=value, **{"operation_id": operation, "marker": MARKER, **known})


def customer(**changed: Any) -> Customer:
    return Customer(**{"ref": "C-1", "name": "Harbor View HOA", "email": "dana@harborview.example", **changed})


def item(**changed: Any) -> Item:
    known = {"ref": "I-1", "name": "Drain cleaning", "type": ItemType.SERVICE, "price": Decimal("145.00")}
    return Item(**{**known, **changed})


def line(quantity: str | Decimal = "2", price: str | Decimal = "145.00", **changed: Any) -> InvoiceLine:
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    known = {
        "description": "Two visits",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "amount": amount,
        "item": Reference(ref="I-1", remote_id="41", name="Drain cleaning"),
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
    """A request as FreshBooks would see it."""

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


@dataclass
class Wire:
    """Answers in the order given; each is (status, object or bytes) or a function of the request."""

    answers: list[Any]
    requests: list[Request] = field(default_factory=list)

    def account(self, *, company: str = ACCOUNT, currency: str = "USD") -> Account:
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://freshbooks.example")
        return Account(http=http, company=Company(id=company, name="Blue Plumbing", currency=currency))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        read, meter = options_of(request.extensions, request.method)
        seen = Request(
            method=request.method,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
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
        # As FreshBooks does it: with every answer, whatever its status.
        return httpx.Response(status, content=content, headers={"retry-after": "37", "x-ratelimit-limit": "600"})


def one(name: str, **row: Any) -> tuple[int, Any]:
    """The answer to a read or write of one record."""
    return 200, {"response": {"result": {name: row}}}


def many(name: str, *rows: Mapping[str, Any], page: int = 1, pages: int = 1) -> tuple[int, Any]:
    """A page of a list."""
    paging = {"page": page, "pages": pages, "per_page": 100, "total": len(rows)}
    return 200, {"response": {"result": {name: list(rows), **paging}}}


def old_error(errno: int, message: str = "", *, status: int = 422, **more: str) -> tuple[int, Any]:
    """Shape (a)."""
    row = {"errno": errno, "field": "", "message": message or f"message of {errno}", "object": "", "value": "", **more}
    return status, {"response": {"errors": [row]}}


def new_error(reason: int, message: str = "", *, status: int = 422, code: int = 3, **more: str) -> tuple[int, Any]:
    """Shape (b)."""
    metadata = {"object": "", "message": message or f"message of {reason}", "value": "", "field": "", **more}
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": str(reason),
        "domain": "accounting.api.freshbooks.com",
        "metadata": metadata,
    }
    return status, {"code": code, "message": f"Request failed with status_code: {status}", "details": [detail]}
