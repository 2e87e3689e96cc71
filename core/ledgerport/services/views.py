"""What doors show of records. Money is Decimal in the record's currency, moments are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class BookState(StrEnum):
    """How a record stands at one provider."""

    SYNCED = "synced"
    WAITING = "waiting"
    SENDING = "sending"
    BLOCKED = "blocked"
    FAILED = "failed"
    NOT_SYNCED = "not_synced"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class InBooks:
    """A record at one provider.

    `remote_id` and `url` are empty until it is in the books; `reason` says why it waits, and `task_id` is what to act
    on then; `variance` is the provider's total less ours, None where none was told.
    """

    provider: str
    label: str
    state: BookState
    remote_id: str = ""
    url: str = ""
    origin: str = ""
    synced_at: datetime | None = None
    task_id: int | None = None
    reason_code: str = ""
    reason: str = ""
    remote_total: Decimal | None = None
    variance: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    ref: str
    name: str
    email: str
    phone: str
    company_name: str
    given_name: str
    family_name: str
    type: str
    address: dict[str, str]
    taxable: bool
    created_at: datetime
    updated_at: datetime
    books: list[InBooks]


@dataclass(frozen=True, kw_only=True)
class ItemView:
    ref: str
    name: str
    sku: str
    description: str
    type: str
    category: str
    price: Decimal
    cost: Decimal | None
    taxable: bool
    created_at: datetime
    updated_at: datetime
    books: list[InBooks]


@dataclass(frozen=True, kw_only=True)
class LineView:
    item: str | None
    item_name: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    taxable: bool
    tax_code: str


@dataclass(frozen=True, kw_only=True)
class _DocumentView:
    ref: str
    number: str
    customer: str
    customer_name: str
    issued_on: date
    status: str
    currency: str
    lines: list[LineView]
    discount: Decimal
    tax: Decimal
    total: Decimal
    memo: str
    email: str
    created_at: datetime
    updated_at: datetime
    books: list[InBooks]


@dataclass(frozen=True, kw_only=True)
class InvoiceView(_DocumentView):
    """`paid` is the sum of live allocations, `open` what is left of the total."""

    due_on: date | None
    paid: Decimal
    open: Decimal


@dataclass(frozen=True, kw_only=True)
class EstimateView(_DocumentView):
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class AllocationView:
    """One allocation: one payment in the books."""

    invoice: str
    number: str
    amount: Decimal
    books: list[InBooks]


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    ref: str
    customer: str
    customer_name: str
    paid_on: date
    amount: Decimal
    currency: str
    method: str
    reference: str
    memo: str
    allocations: list[AllocationView]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaidView:
    """Money of one payment on one invoice, and how that stands in the books."""

    payment: str
    paid_on: date
    method: str
    reference: str
    amount: Decimal
    books: list[InBooks]


RecordView = CustomerView | ItemView | InvoiceView | EstimateView | PaymentView


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    """One try to bring one record over. `detail` holds the provider's own words, `trace_id` its id for the call."""

    id: int
    at: datetime
    provider: str
    run_id: int | None
    kind: str
    ref: str
    name: str
    op: str
    verdict: str
    reason: str
    detail: str
    trace_id: str


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A sync as Sync History shows it. `left`: tasks of it that are waiting or being sent."""

    id: int
    provider: str
    label: str
    trigger: str
    requested_by: str
    state: str
    total: int
    left: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    started_at: datetime
    finished_at: datetime | None
