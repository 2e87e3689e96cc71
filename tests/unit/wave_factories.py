"""Records and a scripted wire for the tests of the Wave plugin."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from ledgerport.contract import (
    ON,
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

UUID = "5f1c9a52-7d6e-4b8e-9a63-0d2f8b7c1e44"


def gid(name: str = "", number: int | str = "") -> str:
    """An id as Wave makes them."""
    return base64.b64encode(f"Business:{UUID}{name and f';{name}:{number}'}".encode()).decode()


BUSINESS = gid()
CUSTOMER, PRODUCT, INVOICE = gid("Customer", 101), gid("Product", 55), gid("Invoice", 1900000000000000001)
ESTIMATE, PAYMENT = gid("Estimate", 1900000000000000002), gid("InvoicePayment", 7)
INCOME, EXPENSE, BANK, TAX = gid("Account", 1), gid("Account", 2), gid("Account", 3), gid("SalesTax", 9)
OPERATION = "5c1d0a34-6f0e-4a57-9a55-3f9f0f8f2b11"
MARKER = "LP-00000000000000a1"
MAPPING = PushMapping(income_account=INCOME, expense_account=EXPENSE, deposit_account=BANK, tax_codes={"taxable": TAX})


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
        "item": Reference(ref="I-1", remote_id=PRODUCT),
    }
    return InvoiceLine(**{**known, **changed})


def invoice(**changed: Any) -> Invoice:
    return Invoice(**{**_document(), "ref": "INV-1", "number": "FS-10023", "due_on": date(2026, 10, 1), **changed})


def estimate(**changed: Any) -> Estimate:
    return Estimate(**{**_document(), "ref": "E-1", "number": "E-204", "expires_on": date(2026, 10, 1), **changed})


def payment(**changed: Any) -> Payment:
    known = {
        "ref": "P-1",
        "customer": Reference(ref="C-1", remote_id=CUSTOMER),
        "invoice": Reference(ref="INV-1", remote_id=INVOICE),
        "amount": Decimal("261.00"),
        "paid_on": date(2026, 9, 3),
    }
    return Payment(**{**known, **changed})


def _document() -> dict[str, Any]:
    return {
        "customer": Reference(ref="C-1", remote_id=CUSTOMER),
        "issued_on": date(2026, 9, 1),
        "lines": [line()],
        "email": "dana@harborview.example",
    }


# --- what Wave answers ------------------------------------------------------------------------------------------------


def money(value: str) -> dict[str, str]:
    return {"value": value}


def customer_row(**changed: Any) -> dict[str, Any]:
    known = {"id": CUSTOMER, "name": "Harbor View HOA", "email": "dana@harborview.example", "displayId": MARKER}
    return {**known, "isArchived": False, "modifiedAt": "2026-09-01T12:00:00.000Z", **changed}


def product_row(**changed: Any) -> dict[str, Any]:
    known = {"id": PRODUCT, "name": "Drain cleaning", "unitPrice": "145.00000", "isSold": True, "isArchived": False}
    return {**known, "modifiedAt": "2026-09-01T12:00:00.000Z", **changed}


def invoice_row(**changed: Any) -> dict[str, Any]:
    sums = {"total": money("290.00"), "amountDue": money("290.00"), "amountPaid": money("0.00")}
    known = {"id": INVOICE, "invoiceNumber": "FS-10023", "status": "SAVED", "invoiceDate": "2026-09-01", "memo": ""}
    return {**known, **sums, "customer": {"id": CUSTOMER}, "modifiedAt": "2026-09-01T12:00:00.000Z", **changed}


def estimate_row(**changed: Any) -> dict[str, Any]:
    known = {"id": ESTIMATE, "estimateNumber": "E-204", "status": "DRAFT", "title": "Estimate", "memo": ""}
    days = {"estimateDate": "2026-09-01", "dueDate": "2026-10-01", "modifiedAt": "2026-09-01T12:00:00.000Z"}
    rest = {"exchangeRate": "1", "currency": {"code": "USD"}, "customer": {"id": CUSTOMER}, "total": money("290.00")}
    return {**known, **days, **rest, **changed}


def payment_row(**changed: Any) -> dict[str, Any]:
    known = {"id": PAYMENT, "amount": "261.00", "paymentDate": "2026-09-03", "memo": f"1042 {MARKER}", "active": True}
    return {**known, "modifiedAt": "2026-09-03T12:00:00.000Z", **changed}


def done(mutation: str, member: str = "", row: Any = None) -> tuple[int, Any]:
    """A mutation's answer that succeeded."""
    return 200, {"data": {mutation: succeeded(member, row)}}


def succeeded(member: str = "", row: Any = None) -> dict[str, Any]:
    return {"didSucceed": True, "inputErrors": None, **({member: row} if member else {})}


def refused(mutation: str, path: str = "", message: str = "No.") -> tuple[int, Any]:
    """A mutation's answer that did not succeed; without a path and message it gives no reason."""
    return 200, {"data": {mutation: unsuccessful(path, message)}}


def unsuccessful(path: str = "", message: str = "No.") -> dict[str, Any]:
    errors = [{"path": path.split("."), "message": message, "code": "INVALID"}] if path else []
    return {"didSucceed": False, "inputErrors": errors}


def error(code: str, message: str = "Something.", path: list[str] | None = None) -> dict[str, Any]:
    row = {"extensions": {"id": "e486c5f4", "code": code}, "message": message}
    return {**row, **({"path": path} if path is not None else {})}


def page(member: str, *rows: Any, number: int = 1, pages: int = 1) -> tuple[int, Any]:
    """One page of a business's list."""
    return 200, {"data": {"business": {"id": BUSINESS, member: connection(*rows, number=number, pages=pages)}}}


def connection(*rows: Any, number: int = 1, pages: int = 1) -> dict[str, Any]:
    about = {"currentPage": number, "totalPages": pages, "totalCount": len(rows)}
    return {"pageInfo": about, "edges": [{"node": row} for row in rows]}


def one(member: str, row: Any) -> tuple[int, Any]:
    """One object of a business by its id."""
    return 200, {"data": {"business": {"id": BUSINESS, member: row}}}


def nothing(member: str) -> tuple[int, Any]:
    """There is no such object."""
    missing = error("NOT_FOUND", f"{member.title()} could not be found.", ["business", member])
    return 200, {"errors": [missing], "data": {"business": {"id": BUSINESS, member: None}}}


# --- the wire ---------------------------------------------------------------------------------------------------------


@dataclass
class Request:
    """A request as Wave would see it."""

    path: str
    document: str
    variables: dict[str, Any]
    headers: dict[str, str]
    read: bool

    @property
    def input(self) -> dict[str, Any]:
        given: dict[str, Any] = self.variables["input"]
        return given

    @property
    def fields(self) -> list[str]:
        """The mutations or lists that are asked for, by name."""
        return [name for name in re.findall(r"(\w+)\((?!\$)", self.document) if name != "business"]


@dataclass
class Wire:
    """Answers in the order given; each is (status, object or bytes) or a function of the request."""

    answers: list[Any]
    requests: list[Request] = field(default_factory=list)

    def account(self, *, business: str = BUSINESS, country: str = "US", together: bool = False) -> Account:
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://wave.example")
        company = Company(id=business, name="Blue Heron Plumbing", currency="USD", country=country)
        values = {"several_mutations": ON} if together else {}
        return Account(http=http, company=company, choices=Choices(values=values))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        read, _meter = options_of(request.extensions, request.method)
        seen = Request(
            path=request.url.path,
            document=body["query"],
            variables=body["variables"],
            headers=dict(request.headers),
            read=read,
        )
        self.requests.append(seen)
        assert self.answers, f"no answer is left for {seen.document} {seen.variables}"
        answer = self.answers.pop(0)
        status, content = answer(seen) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]
        return httpx.Response(status, content=content if isinstance(content, bytes) else json.dumps(content).encode())
