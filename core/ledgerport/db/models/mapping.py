"""The provider's chart of accounts and tax codes as last read, and what the operator mapped to them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Amount, Base, Id, Moment, Short, TenantOwned


class LedgerAccount(TenantOwned, Base):
    """An account over there.

    `use`: income, expense, deposit, other.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("connection_id", "remote_id"),)

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    remote_id: Mapped[Short]
    name: Mapped[Short]
    number: Mapped[Short] = mapped_column(default="")
    use: Mapped[Short]
    active: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[Moment]


class IncomeAccount(TenantOwned, Base):
    """Where an item (`item_id`) or, as a default, a type of item (`item_type`) is booked.

    Exactly one of both is set.
    """

    __tablename__ = "income_accounts"
    __table_args__ = (UniqueConstraint("connection_id", "item_id"), UniqueConstraint("connection_id", "item_type"))

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    item_type: Mapped[Short | None] = mapped_column()
    income_account: Mapped[Short] = mapped_column(default="")
    expense_account: Mapped[Short] = mapped_column(default="")


class RemoteTaxCode(TenantOwned, Base):
    """A tax code over there."""

    __tablename__ = "remote_tax_codes"
    __table_args__ = (UniqueConstraint("connection_id", "remote_id"),)

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    remote_id: Mapped[Short]
    name: Mapped[Short]
    rate: Mapped[Decimal | None] = mapped_column(Amount())
    active: Mapped[bool] = mapped_column(default=True)


class TaxCode(TenantOwned, Base):
    """Our tax code (`taxable`, `exempt`, or the host app's own) and the provider's for it."""

    __tablename__ = "tax_codes"
    __table_args__ = (UniqueConstraint("connection_id", "code"),)

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    code: Mapped[Short]
    remote_id: Mapped[Short]
