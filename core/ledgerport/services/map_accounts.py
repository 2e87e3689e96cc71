"""Maps items to accounts of the books, one by one, by type or all that are unmapped; what waited for it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from ledgerport.contract import AccountUse, ItemType, Kind
from ledgerport.db.models import Connection
from ledgerport.db.repositories import mapping_edit, open_work, records
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import open_tasks, wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.release_causes import DEPOSIT_ACCOUNT, default_of, tax_code
from ledgerport.services.sync_connection import require_connection

_SHOWN = 5
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """How many items were mapped, and how many tasks that had waited for it go on."""

    items: int
    released: int


def map_item(
    hub: Hub, *, tenant_id: int, provider: str, item: str, income_account: str, expense_account: str = ""
) -> Mapped:
    """Book one item to these accounts (the provider's ids). Raises NotFound, BadChoice."""

    def act(session: Session, connection: Connection) -> Mapped:
        check_accounts(session, hub, connection, income_account, expense_account)
        item_id = _item_ids(session, tenant_id, [item])[0]
        chosen = (income_account, expense_account)
        if mapping_edit.own_mapping(session, connection.id, item_id) == chosen:
            return Mapped(items=1, released=_release(session, hub, connection, [item_id], send=False))
        mapping_edit.set_for_items(session, tenant_id, connection.id, [item_id], *chosen)
        return Mapped(items=1, released=_release(session, hub, connection, [item_id], send=True))

    return _changing(hub, tenant_id, provider, act)


def unmap_item(hub: Hub, *, tenant_id: int, provider: str, item: str) -> None:
    """Take an item's own mapping away; the default of its type counts again. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider)
        mapping_edit.unset_item(session, connection.id, _item_ids(session, tenant_id, [item])[0])


def map_default(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    item_type: ItemType,
    income_account: str,
    expense_account: str = "",
) -> Mapped:
    """Book every item of a type that has no mapping of its own to these accounts. Raises NotFound, BadChoice."""

    def act(session: Session, connection: Connection) -> Mapped:
        check_accounts(session, hub, connection, income_account, expense_account)
        before = mapping_edit.unmapped_count(session, connection.id)
        mapping_edit.set_default(session, tenant_id, connection.id, item_type.value, income_account, expense_account)
        causes = [*mapping_edit.causes_of_items(session, connection.id, item_type.value), default_of(item_type)]
        released = open_work.release(session, tenant_id, connection.id, causes, hub.clock.now())
        return Mapped(items=before - mapping_edit.unmapped_count(session, connection.id), released=released)

    return _changing(hub, tenant_id, provider, act)


def unmap_default(hub: Hub, *, tenant_id: int, provider: str, item_type: ItemType) -> None:
    """Take the default of a type away: its items without an account of their own wait for one, where the provider
    needs one, when they next go. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        mapping_edit.unset_default(session, connection.id, item_type.value)


def apply_to_unmapped(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    income_account: str,
    expense_account: str = "",
    items: Sequence[str] | None = None,
) -> Mapped:
    """Book all unmapped items, or the items given, to these accounts. Raises NotFound, BadChoice."""

    def act(session: Session, connection: Connection) -> Mapped:
        check_accounts(session, hub, connection, income_account, expense_account)
        if items is None:
            ids = mapping_edit.unmapped_ids(session, connection.id)
        else:
            ids = _item_ids(session, tenant_id, items)
        if not ids:
            return Mapped(items=0, released=0)
        mapping_edit.set_for_items(session, tenant_id, connection.id, ids, income_account, expense_account)
        return Mapped(items=len(ids), released=_release(session, hub, connection, ids, send=items is not None))

    return _changing(hub, tenant_id, provider, act)


def map_tax_code(hub: Hub, *, tenant_id: int, provider: str, code: str, remote_id: str) -> None:
    """Use this tax code of the books for ours (`taxable`, `exempt`, the host app's). Raises NotFound, BadChoice."""

    def act(session: Session, connection: Connection) -> None:
        if mapping_edit.remote_tax_code(session, connection.id, remote_id) is None:
            label = label_of(hub, provider)
            raise BadChoice("remote_id", f'{label} has no active tax code "{remote_id}".', "List its tax codes first.")
        mapping_edit.set_tax_code(session, tenant_id, connection.id, code, remote_id)
        open_work.release(session, tenant_id, connection.id, [tax_code(code)], hub.clock.now())

    _changing(hub, tenant_id, provider, act)


def unmap_tax_code(hub: Hub, *, tenant_id: int, provider: str, code: str) -> None:
    """Let one of our tax codes stand for none of theirs any more. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        mapping_edit.unset_tax_code(session, connection.id, code)


def choose_deposit_account(hub: Hub, *, tenant_id: int, provider: str, account: str) -> None:
    """Where payments are deposited; empty: where the provider puts them by itself. Raises NotFound, BadChoice."""

    def act(session: Session, connection: Connection) -> None:
        if account:
            _check(session, hub, connection, "account", account, AccountUse.DEPOSIT)
        connection.deposit_account = account
        session.flush()
        open_work.release(session, tenant_id, connection.id, [DEPOSIT_ACCOUNT], hub.clock.now())

    _changing(hub, tenant_id, provider, act)


def check_accounts(session: Session, hub: Hub, connection: Connection, income: str, expense: str) -> None:
    """Raises BadChoice for an account that the books do not have or that cannot be used for this."""
    _check(session, hub, connection, "income_account", income, AccountUse.INCOME)
    if expense:
        _check(session, hub, connection, "expense_account", expense, AccountUse.EXPENSE)


def _check(session: Session, hub: Hub, connection: Connection, field: str, remote_id: str, use: AccountUse) -> None:
    label = label_of(hub, connection.provider)
    found = mapping_edit.account(session, connection.id, remote_id)
    if found is not None and found.use == use:
        return
    some = [
        f'{account.remote_id} "{account.name}"'
        for account in mapping_edit.candidates(session, connection.id, use.value, _SHOWN)
    ]
    reason = (
        f'{label} has no active account with the id "{remote_id}".'
        if found is None
        else f'Account {remote_id} "{found.name}" in {label} is not an {use} account.'
    )
    if use is AccountUse.DEPOSIT:
        reason = reason.replace(" an deposit", " a deposit")
    choices = f"Choose one such as {', '.join(some)}." if some else f"Read the accounts of {label} again first."
    raise BadChoice(field, reason, choices)


def _item_ids(session: Session, tenant_id: int, refs: Sequence[str]) -> list[int]:
    ids = records.find_ids(session, Kind.ITEM, tenant_id, set(refs))
    missing = [ref for ref in refs if ref not in ids]
    if missing:
        raise NotFound(f"There is no item {', '.join(missing[:_SHOWN])}.")
    return sorted(set(ids.values()))


def _release(session: Session, hub: Hub, connection: Connection, item_ids: Sequence[int], *, send: bool) -> int:
    """Let go on what waited for these items; `send`: also bring a changed mapping to items that are in the books."""
    causes = [f"{Kind.ITEM}:{item_id}" for item_id in item_ids]
    released = open_work.release(session, connection.tenant_id, connection.id, causes, hub.clock.now())
    if send:
        open_tasks(
            session,
            hub,
            tenant_id=connection.tenant_id,
            kind=Kind.ITEM,
            record_ids=item_ids,
            connection_id=connection.id,
        )
    return released


def _changing(hub: Hub, tenant_id: int, provider: str, act: Callable[[Session, Connection], T]) -> T:
    """Run `act` on the connection in one transaction; if that made work due, say so after the commit."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        answer = act(session, connection)
        open_work.make_due(session, tenant_id, hub.clock.now(), connection.id)
        connection_id = connection.id
    wake(hub, [connection_id])
    return answer
