"""The operator's choices that a push carries along."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from ledgerport.db.among import among
from ledgerport.db.models import IncomeAccount, TaxCode


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Income and expense account, remote ids; empty where not chosen."""

    income: str = ""
    expense: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountMap:
    """Accounts by item and by item type."""

    by_item: dict[int, Accounts] = field(default_factory=dict)
    by_type: dict[str, Accounts] = field(default_factory=dict)

    def of(self, item_id: int, item_type: str) -> Accounts:
        """An item's own mapping; what it leaves open comes from the default of its type."""
        own = self.by_item.get(item_id, Accounts())
        default = self.by_type.get(item_type, Accounts())
        return Accounts(income=own.income or default.income, expense=own.expense or default.expense)


_ACCOUNTS = select(
    IncomeAccount.item_id, IncomeAccount.item_type, IncomeAccount.income_account, IncomeAccount.expense_account
).where(
    IncomeAccount.connection_id == bindparam("connection"),
    or_(IncomeAccount.item_id.is_(None), among(IncomeAccount.item_id, "items")),
)


def accounts(session: Session, connection_id: int, item_ids: Collection[int]) -> AccountMap:
    rows = session.connection().execute(_ACCOUNTS, {"connection": connection_id, "items": list(item_ids)})
    mapped = AccountMap()
    for item_id, item_type, income, expense in rows:
        chosen = Accounts(income=income, expense=expense)
        if item_id is not None:
            mapped.by_item[item_id] = chosen
        elif item_type is not None:
            mapped.by_type[item_type] = chosen
    return mapped


def tax_codes(session: Session, connection_id: int) -> dict[str, str]:
    rows = session.execute(select(TaxCode.code, TaxCode.remote_id).where(TaxCode.connection_id == connection_id))
    return {row.code: row.remote_id for row in rows}
