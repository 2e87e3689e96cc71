"""The host app's records, by its own `ref`. What was paid is always the sum of allocations; it is stored nowhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledgerport.db.models.base import Amount, Base, Id, Long, Moment, Money, Short, TenantOwned, UtcDateTime

# The order of names in lists. Cut short: PostgreSQL's indexes take no text of 4,000 bytes.
_BY_NAME = text("lower(substr(name, 1, 100))")


class DocumentStatus(StrEnum):
    DRAFT = "DRAFT"
    SENT = "SENT"
    VOID = "VOID"


class Customer(TenantOwned, Base):
    """Somebody who is billed. `email_key` is the e-mail without case, for matching."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ref"),
        Index(None, "tenant_id", "email_key"),
        Index("ix_customers_by_name", "tenant_id", _BY_NAME, "id"),
    )

    id: Mapped[Id]
    ref: Mapped[Short]
    name: Mapped[Long]
    email: Mapped[Long] = mapped_column(default="")
    email_key: Mapped[Long] = mapped_column(default="")
    phone: Mapped[Short] = mapped_column(default="")
    company_name: Mapped[Long] = mapped_column(default="")
    given_name: Mapped[Short] = mapped_column(default="")
    family_name: Mapped[Short] = mapped_column(default="")
    type: Mapped[Short] = mapped_column(default="")
    address: Mapped[dict[str, str]] = mapped_column(JSON(), default=dict)
    taxable: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Item(TenantOwned, Base):
    """A line of the price book. `type` is `service` or `product`.

    `stand_in`: ours, for document lines without an item at providers that take none such; no list of the host app's
    items shows it.
    """

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("tenant_id", "ref"), Index("ix_items_by_name", "tenant_id", _BY_NAME, "id"))

    id: Mapped[Id]
    ref: Mapped[Short]
    name: Mapped[Long]
    sku: Mapped[Short] = mapped_column(default="")
    description: Mapped[Long] = mapped_column(default="")
    type: Mapped[Short]
    category: Mapped[Short] = mapped_column(default="")
    price: Mapped[Money]
    cost: Mapped[Decimal | None] = mapped_column(Amount())
    taxable: Mapped[bool] = mapped_column(default=False)
    stand_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class _Line:
    """A line of a document; `amount` is quantity x unit price, rounded once, here."""

    id: Mapped[Id]
    position: Mapped[int]
    description: Mapped[Long] = mapped_column(default="")
    quantity: Mapped[Money]
    unit_price: Mapped[Money]
    amount: Mapped[Money]
    taxable: Mapped[bool] = mapped_column(default=False)
    tax_code: Mapped[Short] = mapped_column(default="")


class _Document:
    """What invoices and estimates share. `total` is lines less discount plus tax, computed by us when saved."""

    id: Mapped[Id]
    ref: Mapped[Short]
    number: Mapped[Short] = mapped_column(default="")
    issued_on: Mapped[date] = mapped_column(Date())
    status: Mapped[DocumentStatus] = mapped_column(String(20))
    currency: Mapped[Short]
    discount: Mapped[Money]
    tax: Mapped[Money]
    total: Mapped[Money]
    memo: Mapped[Long] = mapped_column(default="")
    email: Mapped[Long] = mapped_column(default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class InvoiceLine(TenantOwned, _Line, Base):
    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id", ondelete="CASCADE"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)


class Invoice(TenantOwned, _Document, Base):
    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("tenant_id", "ref"), Index(None, "tenant_id", "issued_on", "id"))

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    due_on: Mapped[date | None] = mapped_column(Date())
    estimate_id: Mapped[int | None] = mapped_column(ForeignKey("estimates.id"))
    lines: Mapped[list[InvoiceLine]] = relationship(
        order_by="InvoiceLine.position", cascade="all, delete-orphan", passive_deletes=True
    )


class EstimateLine(TenantOwned, _Line, Base):
    __tablename__ = "estimate_lines"
    __table_args__ = (UniqueConstraint("estimate_id", "position"),)

    estimate_id: Mapped[int] = mapped_column(ForeignKey("estimates.id", ondelete="CASCADE"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)


class Estimate(TenantOwned, _Document, Base):
    __tablename__ = "estimates"
    __table_args__ = (UniqueConstraint("tenant_id", "ref"), Index(None, "tenant_id", "issued_on", "id"))

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    expires_on: Mapped[date | None] = mapped_column(Date())
    lines: Mapped[list[EstimateLine]] = relationship(
        order_by="EstimateLine.position", cascade="all, delete-orphan", passive_deletes=True
    )


class Allocation(TenantOwned, Base):
    """Money of one payment applied to one invoice: the unit that becomes one remote payment.

    A removed allocation stays until its removal was carried to the books; it counts no more.
    """

    __tablename__ = "allocations"
    __table_args__ = (UniqueConstraint("payment_id", "invoice_id"), Index(None, "invoice_id"))

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="CASCADE"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    amount: Mapped[Money]
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Payment(TenantOwned, Base):
    """Money received. `amount` is what came in; what of it pays which invoice stands in its allocations."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("tenant_id", "ref"), Index(None, "tenant_id", "paid_on", "id"))

    id: Mapped[Id]
    ref: Mapped[Short]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    paid_on: Mapped[date] = mapped_column(Date())
    amount: Mapped[Money]
    currency: Mapped[Short]
    method: Mapped[Short]
    reference: Mapped[Short] = mapped_column(default="")
    memo: Mapped[Long] = mapped_column(default="")
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    allocations: Mapped[list[Allocation]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
