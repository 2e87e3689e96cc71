"""What travels between the hub and a plugin: frozen, keyword-only values.

Money is Decimal in the value's `currency` (ISO 4217). Dates are dates, moments are timezone-aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from ledgerport.contract.money import round_money


class Kind(StrEnum):
    """The records that travel.

    One payment is one allocation: money applied to one invoice.
    """

    CUSTOMER = "customer"
    ITEM = "item"
    INVOICE = "invoice"
    ESTIMATE = "estimate"
    PAYMENT = "payment"


class ItemType(StrEnum):
    """Work (`service`) or goods that are not counted in stock (`product`)."""

    SERVICE = "service"
    PRODUCT = "product"


class PaymentMethod(StrEnum):
    """How the money came."""

    CARD = "card"
    CHECK = "check"
    CASH = "cash"
    TRANSFER = "transfer"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Address:
    """A postal address; every part may be empty."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Another record that this one points to: our `ref`, and the provider's id of it on this connection."""

    ref: str
    remote_id: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Somebody who is billed.

    `name` is cleaned to the provider's rules before it reaches a plugin.
    """

    ref: str
    name: str
    email: str = ""
    phone: str = ""
    company_name: str = ""
    given_name: str = ""
    family_name: str = ""
    address: Address = Address()
    taxable: bool = True
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of the price book.

    `price` and `cost` are per unit; `cost` None means not known. `code` is given where the provider's terms ask for
    one (`KindTerms.code`): unique on the connection, made from the SKU or the ref.
    """

    ref: str
    name: str
    type: ItemType
    price: Decimal
    cost: Decimal | None = None
    sku: str = ""
    description: str = ""
    taxable: bool = False
    currency: str = "USD"
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line.

    `amount` is what is billed for it: quantity x unit price, rounded to the currency's unit. `item_code` is the item's
    code over there where items have one.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    item: Reference | None = None
    taxable: bool = False
    tax_code: str = ""
    item_code: str = ""


@dataclass(frozen=True, kw_only=True)
class _Document:
    """What invoices and estimates share.

    `discount` and `tax` are amounts for the whole document, `discount` >= 0.
    """

    ref: str
    number: str
    customer: Reference
    issued_on: date
    lines: Sequence[InvoiceLine]
    discount: Decimal = Decimal("0.00")
    tax: Decimal = Decimal("0.00")
    currency: str = "USD"
    email: str = ""
    memo: str = ""

    @property
    def total(self) -> Decimal:
        """Lines less discount plus tax, in `currency`."""
        lines = sum((line.amount for line in self.lines), Decimal(0))
        return round_money(lines - self.discount + self.tax, self.currency)


@dataclass(frozen=True, kw_only=True)
class Invoice(_Document):
    """A bill that was sent.

    `due_on` None means the provider's default terms. `estimate_id`: remote id it came from.
    """

    due_on: date | None = None
    estimate_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Estimate(_Document):
    """An offer.

    It moves no money.
    """

    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One allocation: `amount` of a payment applied to one invoice.

    `reference` is the payer's (a check number).
    """

    ref: str
    customer: Reference
    invoice: Reference
    amount: Decimal
    paid_on: date
    method: PaymentMethod = PaymentMethod.OTHER
    reference: str = ""
    memo: str = ""
    currency: str = "USD"


Value = Customer | Item | Invoice | Estimate | Payment
V_co = TypeVar("V_co", bound=Value, covariant=True)


@dataclass(frozen=True, kw_only=True)
class PushMapping:
    """Remote ids that the operator chose for this record; empty where none is needed or chosen.

    `tax_codes` maps our code (`taxable`, `exempt`, or the host app's own) to the provider's.
    """

    income_account: str = ""
    expense_account: str = ""
    deposit_account: str = ""
    tax_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Push(Generic[V_co]):
    """One record on its way.

    `operation_id` (36 characters) is the same for every record of one request and for every repetition of it;
    `position` (from 1) tells the records of a batch apart. `marker` (19 characters, `LP-` and 16 hex digits) is the
    same     for this record for ever: put it where it can be searched. `remote_id` None means create.
    """

    value: V_co
    operation_id: str
    position: int = 1
    marker: str = ""
    remote_id: str | None = None
    remote_version: str | None = None
    mapping: PushMapping = PushMapping()


@dataclass(frozen=True, kw_only=True)
class Remote:
    """An object in the books, as far as the hub needs to know it.

    `version` is what an update must name. `total` is the provider's own figure for a document or payment. `kind` is
    one of ours, or the provider's word (`vendor`) for a kind we do not sync. Fields a provider does not tell stay
    empty.
    """

    id: str
    kind: str
    version: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    number: str = ""
    marker: str = ""
    total: Decimal | None = None
    customer_id: str = ""
    invoice_id: str = ""
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Company:
    """One set of books that a grant reaches.

    `facts` are the plugin's own notes about it (tax mode, numbering), read at connect, kept by the hub and handed
    back in `account.company.facts`; plain strings, no secrets.
    """

    id: str
    name: str
    currency: str = "USD"
    country: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class AccountUse(StrEnum):
    """What a ledger account can be chosen for."""

    INCOME = "income"
    EXPENSE = "expense"
    DEPOSIT = "deposit"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class LedgerAccount:
    """An account of the chart of accounts."""

    id: str
    name: str
    use: AccountUse
    number: str = ""
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class TaxCode:
    """A tax code of the company.

    `rate` in percent where the provider tells it.
    """

    id: str
    name: str
    rate: Decimal | None = None
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class PulledCustomer:
    """A customer as the provider has it."""

    remote: Remote
    value: Customer


@dataclass(frozen=True, kw_only=True)
class PulledItem:
    """An item as the provider has it."""

    remote: Remote
    value: Item


@dataclass(frozen=True, kw_only=True)
class PulledPayment:
    """A payment as the provider has it: what of it is applied to which remote invoice."""

    remote: Remote
    paid_on: date
    amount: Decimal
    applied: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something changed over there at `at` (UTC)."""

    kind: str
    remote_id: str
    at: datetime
    version: str = ""
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeNotice:
    """A webhook's word that something changed.

    `event_id` is the same on a repeat of the delivery.
    """

    event_id: str
    company_id: str
    kind: str
    remote_id: str
    at: datetime
    deleted: bool = False


P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[P_co]):
    """One page.

    `next` is the cursor of the following one; None ends.
    """

    rows: Sequence[P_co]
    next: str | None = None
