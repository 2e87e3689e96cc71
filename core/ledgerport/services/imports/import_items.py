"""An item of the books as one of ours, and the code and name that it has over there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ImportRow
from ledgerport.db.repositories import name_claims, outgoing
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import terms_of
from ledgerport.services.record_input import ItemInput


def as_item(row: ImportRow) -> ItemInput:
    """The record that a row becomes. Raises pydantic.ValidationError."""
    fields = {name: value for name, value in row.data.items() if name != "code"}
    return ItemInput.model_validate({**fields, "type": row.type})


def keep_item_codes(session: Session, hub: Hub, connection: Connection, rows: Mapping[int, ImportRow]) -> None:
    """Note the codes that items have over there, where the provider asks for codes, so that invoice lines name them.

    Also their names, where those are unique: no new item of ours is sent under one of them.
    """
    terms = terms_of(hub, connection.provider)
    its = terms.kinds.get(Kind.ITEM) if terms is not None else None
    if its is None or not rows:
        return
    named = its.name is not None and its.name.unique
    records = outgoing.load(session, connection.id, Kind.ITEM, list(rows), connection.currency)
    codes, names = [], []
    for record_id, row in rows.items():
        record = records[record_id].value
        assert record is not None
        # As `draining/prepare.py` names an item's source: while that stays, the item keeps what it has.
        if its.code is not None and row.data["code"]:
            source = getattr(record, "sku", "") or record.ref
            codes.append(name_claims.Taken(record_id, source, row.data["code"]))
        if named and getattr(record, "name", "").casefold() == row.name.casefold():
            names.append(name_claims.Taken(record_id, record.name, row.name))  # type: ignore[union-attr]
    name_claims.adopt(session, connection.tenant_id, connection.id, name_claims.ITEM_CODE, codes)
    name_claims.adopt(session, connection.tenant_id, connection.id, Kind.ITEM, names)
