"""Shows where an item is booked at each provider."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.contract import Kind
from ledgerport.db.repositories import connections_read, mapping_edit, records_read
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import NotFound


@dataclass(frozen=True, kw_only=True)
class ItemAccounts:
    """An item's accounts, by name. `source`: `item`, `default` (of its type) or `none`: then it waits if `needed`."""

    provider: str
    label: str
    income: str
    expense: str
    source: str
    needed: bool


def show_item_accounts(hub: Hub, *, tenant_id: int, ref: str) -> dict[str, ItemAccounts]:
    """By provider, where items have accounts there. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        item = records_read.one(session, Kind.ITEM, ref)
        if item is None:
            raise NotFound(f"There is no item {ref}.")
        found = {}
        for connection in connections_read.all_live(session):
            terms = terms_of(hub, connection.provider)
            needed = terms is not None and Kind.ITEM in terms.kinds and terms.kinds[Kind.ITEM].needs_income_account
            own = mapping_edit.own_mapping(session, connection.id, item.id) or ("", "")
            of_type = {row.item_type: row for row in mapping_edit.defaults(session, connection.id)}.get(item.type)
            income, expense = own if own[0] else (of_type.income_account, of_type.expense_account) if of_type else own
            if not needed and not income:
                continue
            names = {
                row.remote_id: f"{row.number} {row.name}".strip()
                for row in connections_read.ledger_accounts(session, connection.id)
            }
            found[connection.provider] = ItemAccounts(
                provider=connection.provider,
                label=label_of(hub, connection.provider),
                income=names.get(income, income),
                expense=names.get(expense, expense),
                source="item" if own[0] else "default" if income else "none",
                needed=needed,
            )
        return found
