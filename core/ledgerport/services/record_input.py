"""The shapes in which the host app sends its records, by `PUT` and as NDJSON.

Money and quantities are text ("12.50") or whole numbers, dates are ISO. Unknown fields are refused, so that a
misspelt one is never lost silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from ledgerport.contract import ItemType, Kind, PaymentMethod
from ledgerport.services.record_fields import AboveZero, IsoDate, Long, Name, NotNegative, Number, Ref, Short


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AddressInput(_Input):
    """A postal address; every part may be left out."""

    line1: Short = ""
    line2: Short = ""
    city: Short = ""
    region: Short = ""
    postal_code: Short = ""
    country: Short = ""


class CustomerInput(_Input):
    """Somebody who is billed."""

    kind: Literal["customer"] = "customer"
    ref: Ref | None = Field(default=None, description="The host app's own id; in a PUT the address names it.")
    name: Name
    email: Short = ""
    phone: Short = ""
    company_name: Long = ""
    given_name: Short = ""
    family_name: Short = ""
    type: Literal["homeowner", "business", "builder", ""] = ""
    address: AddressInput = AddressInput()
    taxable: StrictBool = True


class ItemInput(_Input):
    """A line of the price book. `price` and `cost` are per unit, with up to six decimals."""

    kind: Literal["item"] = "item"
    ref: Ref | None = Field(default=None, description="The host app's own id; in a PUT the address names it.")
    name: Name
    type: ItemType
    price: NotNegative
    cost: NotNegative | None = None
    sku: Short = ""
    description: Long = ""
    taxable: StrictBool = False
    category: Short = ""


class LineInput(_Input):
    """One line. `amount` may be left out; if given it must be quantity x unit price, rounded to the currency's unit."""

    item: Ref | None = None
    description: Long = ""
    quantity: Number
    unit_price: Number
    taxable: StrictBool = False
    tax_code: Short = ""
    amount: Number | None = None


class _DocumentInput(_Input):
    ref: Ref | None = Field(default=None, description="The host app's own id; in a PUT the address names it.")
    number: Annotated[Short, Field(min_length=1)]
    customer: Ref = Field(description="The customer's ref.")
    issued_on: IsoDate
    status: Literal["DRAFT", "SENT"] = "SENT"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; left out: the tenant's currency."
    )
    lines: Annotated[list[LineInput], Field(min_length=1, max_length=2000)]
    discount: NotNegative = Decimal(0)
    tax: NotNegative = Decimal(0)
    memo: Long = ""
    email: Short = ""


class InvoiceInput(_DocumentInput):
    """A bill. Its total is the lines less discount plus tax."""

    kind: Literal["invoice"] = "invoice"
    due_on: IsoDate | None = None


class EstimateInput(_DocumentInput):
    """An offer."""

    kind: Literal["estimate"] = "estimate"
    expires_on: IsoDate | None = None


class AllocationInput(_Input):
    """What of a payment pays which invoice."""

    invoice: Ref = Field(description="The invoice's ref.")
    amount: AboveZero


class PaymentInput(_Input):
    """Money received from one customer, applied to one or more of that customer's invoices."""

    kind: Literal["payment"] = "payment"
    ref: Ref | None = Field(default=None, description="The host app's own id; in a PUT the address names it.")
    customer: Ref = Field(description="The customer's ref.")
    paid_on: IsoDate
    amount: AboveZero
    method: PaymentMethod = PaymentMethod.OTHER
    reference: Short = ""
    memo: Long = ""
    allocations: Annotated[list[AllocationInput], Field(max_length=1000)] = []


RecordInput = CustomerInput | ItemInput | InvoiceInput | EstimateInput | PaymentInput

INPUTS: Mapping[Kind, type[BaseModel]] = {
    Kind.CUSTOMER: CustomerInput,
    Kind.ITEM: ItemInput,
    Kind.INVOICE: InvoiceInput,
    Kind.ESTIMATE: EstimateInput,
    Kind.PAYMENT: PaymentInput,
}


def known_fields(kind: Kind) -> list[str]:
    """The names of a kind's fields, for the error that names an unknown one."""
    return list(INPUTS[kind].model_fields)


def as_record(kind: Kind, data: Any) -> RecordInput:
    """Check one record. Raises pydantic.ValidationError."""
    record: Any = INPUTS[kind].model_validate(data)
    checked: RecordInput = record
    return checked
