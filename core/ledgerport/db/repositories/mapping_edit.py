"""Changing what items and tax codes are mapped to, and what is still unmapped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from ledgerport.contract import Kind
from ledgerport.db.models import IncomeAccount, Item, LedgerAccount, RemoteTaxCode, Task, TaskState, TaxCode
from ledgerport.db.repositories.records import insert_many, table_of

_MAP = table_of(IncomeAccount)


def account(session: Session, connection_id: int, remote_id: str) -> LedgerAccount | None:
    """An active account of the books, by the provider's id."""
    return session.scalars(
        select(LedgerAccount).where(
            LedgerAccount.connection_id == connection_id,
            LedgerAccount.remote_id == remote_id,
            LedgerAccount.active,
        )
    ).one_or_none()


def candidates(session: Session, connection_id: int, use: str, limit: int) -> Sequence[LedgerAccount]:
    """Some accounts that could be chosen."""
    return session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.connection_id == connection_id, LedgerAccount.use == use, LedgerAccount.active)
        .order_by(LedgerAccount.name)
        .limit(limit)
    ).all()


def remote_tax_code(session: Session, connection_id: int, remote_id: str) -> RemoteTaxCode | None:
    """An active tax code of the books."""
    return session.scalars(
        select(RemoteTaxCode).where(
            RemoteTaxCode.connection_id == connection_id, RemoteTaxCode.remote_id == remote_id, RemoteTaxCode.active
        )
    ).one_or_none()


def set_for_items(
    session: Session, tenant_id: int, connection_id: int, item_ids: Sequence[int], income: str, expense: str
) -> None:
    """Map items, whatever they were mapped to."""
    for start in range(0, len(item_ids), 5000):
        part = item_ids[start : start + 5000]
        session.execute(delete(_MAP).where(_MAP.c.connection_id == connection_id, _MAP.c.item_id.in_(part)))
        insert_many(
            session,
            _MAP,
            [
                {
                    "tenant_id": tenant_id,
                    "connection_id": connection_id,
                    "item_id": item_id,
                    "item_type": None,
                    "income_account": income,
                    "expense_account": expense,
                }
                for item_id in part
            ],
        )


def set_default(
    session: Session, tenant_id: int, connection_id: int, item_type: str, income: str, expense: str
) -> None:
    """Where items of a type go that have no mapping of their own."""
    unset_default(session, connection_id, item_type)
    session.execute(
        insert(_MAP).values(
            tenant_id=tenant_id,
            connection_id=connection_id,
            item_id=None,
            item_type=item_type,
            income_account=income,
            expense_account=expense,
        )
    )


def unset_default(session: Session, connection_id: int, item_type: str) -> None:
    """Take the default of a type away: its items without a mapping of their own are unmapped then."""
    session.execute(delete(_MAP).where(_MAP.c.connection_id == connection_id, _MAP.c.item_type == item_type))


def unset_item(session: Session, connection_id: int, item_id: int) -> None:
    """Take an item's own mapping away: the default of its type counts again."""
    session.execute(delete(_MAP).where(_MAP.c.connection_id == connection_id, _MAP.c.item_id == item_id))


def set_tax_code(session: Session, tenant_id: int, connection_id: int, code: str, remote_id: str) -> None:
    """Map one of our tax codes."""
    unset_tax_code(session, connection_id, code)
    session.execute(
        insert(table_of(TaxCode)).values(
            tenant_id=tenant_id, connection_id=connection_id, code=code, remote_id=remote_id
        )
    )


def unset_tax_code(session: Session, connection_id: int, code: str) -> None:
    """Let one of our tax codes stand for none of theirs."""
    table = table_of(TaxCode)
    session.execute(delete(table).where(table.c.connection_id == connection_id, table.c.code == code))


def own_mapping(session: Session, connection_id: int, item_id: int) -> tuple[str, str] | None:
    """An item's own (income, expense) accounts."""
    row = session.execute(
        select(_MAP.c.income_account, _MAP.c.expense_account).where(
            _MAP.c.connection_id == connection_id, _MAP.c.item_id == item_id
        )
    ).one_or_none()
    return (row.income_account, row.expense_account) if row is not None else None


def defaults(session: Session, connection_id: int) -> Sequence[IncomeAccount]:
    """The defaults by item type."""
    return session.scalars(
        select(IncomeAccount)
        .where(IncomeAccount.connection_id == connection_id, IncomeAccount.item_type.is_not(None))
        .order_by(IncomeAccount.item_type)
    ).all()


def tax_mappings(session: Session, connection_id: int) -> Sequence[TaxCode]:
    """Our tax codes and the provider's for them."""
    return session.scalars(select(TaxCode).where(TaxCode.connection_id == connection_id).order_by(TaxCode.code)).all()


def unmapped_ids(session: Session, connection_id: int) -> list[int]:
    """Items with no income account, neither of their own nor by the default of their type."""
    return list(session.scalars(select(Item.id).where(_unmapped(connection_id)).order_by(Item.id)))


def unmapped_count(session: Session, connection_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Item).where(_unmapped(connection_id))) or 0


def items_with_mapping(
    session: Session, connection_id: int, *, unmapped: bool, after: int, limit: int, search: str = ""
) -> Sequence[Any]:
    """A page of items with their own and their type's accounts, by id; `search` in ref, name and SKU."""
    own, default = aliased(IncomeAccount), aliased(IncomeAccount)
    query = (
        select(
            Item.id,
            Item.ref,
            Item.name,
            Item.sku,
            Item.type,
            own.income_account,
            own.expense_account,
            default.income_account.label("default_income"),
            default.expense_account.label("default_expense"),
        )
        .join(own, and_(own.connection_id == connection_id, own.item_id == Item.id), isouter=True)
        .join(default, and_(default.connection_id == connection_id, default.item_type == Item.type), isouter=True)
        .where(Item.id > after, _shown(connection_id))
        .order_by(Item.id)
        .limit(limit)
    )
    if search:
        query = query.where(
            or_(*(column.icontains(search, autoescape=True) for column in (Item.ref, Item.name, Item.sku)))
        )
    return session.execute(query.where(_unmapped(connection_id)) if unmapped else query).all()


def tax_codes_waited_for(session: Session, connection_id: int) -> set[str]:
    """The causes (`tax_code:VAT`) for which tasks wait."""
    blocked = select(Task.blocked_on).where(Task.connection_id == connection_id, Task.state == TaskState.BLOCKED)
    return set(session.scalars(blocked.where(Task.blocked_on.like("tax_code:%")).distinct()))


def causes_of_items(session: Session, connection_id: int, item_type: str) -> list[str]:
    """The causes (`item:17`) for which tasks wait, of items of one type."""
    causes = session.scalars(
        select(Task.blocked_on)
        .where(
            Task.connection_id == connection_id,
            Task.state == TaskState.BLOCKED,
            Task.blocked_on.like(f"{Kind.ITEM}:%"),
        )
        .distinct()
    ).all()
    ids = {int(cause.partition(":")[2]): cause for cause in causes}
    return [ids[item_id] for item_id in _of_type(session, ids, item_type)]


def _of_type(session: Session, item_ids: Collection[int], item_type: str) -> list[int]:
    found: list[int] = []
    wanted = sorted(item_ids)
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        found.extend(session.scalars(select(Item.id).where(Item.id.in_(part), Item.type == item_type)))
    return found


def _unmapped(connection_id: int) -> ColumnElement[bool]:
    own = exists().where(_MAP.c.connection_id == connection_id, _MAP.c.item_id == Item.id, _MAP.c.income_account != "")
    default = exists().where(
        _MAP.c.connection_id == connection_id, _MAP.c.item_type == Item.type, _MAP.c.income_account != ""
    )
    return and_(~own, ~default, _shown(connection_id))


def _shown(connection_id: int) -> ColumnElement[bool]:
    """The host app's items, and ours that stands in for lines without one where that is done."""
    at_work = exists().where(Task.connection_id == connection_id, Task.kind == Kind.ITEM, Task.record_id == Item.id)
    return or_(Item.stand_in.is_(False), at_work)
