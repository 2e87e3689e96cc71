"""A person's choices in an import: types, what to link, what to create, what to leave out; one by one or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ledgerport.contract import ItemType, Kind
from ledgerport.db.models import Import, ImportRow, ImportState, RowChoice, RowState
from ledgerport.db.repositories import import_rows, records
from ledgerport.services.context import Hub
from ledgerport.services.imports.name_records import taken_refs
from ledgerport.services.imports.show_imports import ImportView, require_import, view
from ledgerport.services.imports.suggest_type import TYPES
from ledgerport.services.record_fields import Ref
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.sync_connection import require_connection

_REF: TypeAdapter[str] = TypeAdapter(Ref)
_CHOICES = (RowChoice.CREATE, RowChoice.LINK, RowChoice.SKIP)
MOST = 1000


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """What to change of one row; None leaves it. `record`: the ref of ours to link it to. `ref`: what a new record is
    to be called here instead of a name of the hub's making.
    """

    id: int
    type: str | None = None
    choice: str | None = None
    record: str | None = None
    ref: str | None = None


def change_rows(hub: Hub, *, tenant_id: int, provider: str, import_id: int, changes: Sequence[RowChange]) -> ImportView:
    """Change some rows, all or none of them. Raises NotFound, BadChoice, Conflict."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider)
        row = require_import(session, connection, import_id, lock=True)
        _require_open(row)
        kind = Kind(row.kind)
        found = import_rows.by_ids(session, row.id, [change.id for change in changes])
        wanted = {change.record for change in changes if change.record}
        ids = records.find_ids(session, kind, tenant_id, wanted)
        taken = taken_refs(session, kind, tenant_id, [change.ref for change in changes if change.ref])
        for change in changes:
            one = found.get(change.id)
            if one is None:
                raise NotFound(f"There is no row {change.id} in this import.")
            if one.state in (RowState.OPEN, RowState.FAILED):
                _change(kind, one, change, ids, taken)
        session.flush()
        return view(session, hub, connection, row)


def change_all(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    import_id: int,
    type: str | None = None,
    choice: str | None = None,
    show: str = "",
    search: str = "",
) -> int:
    """Change all rows that a filter shows and that are not here yet; how many. `choice`: create or skip.

    Raises NotFound, BadChoice, Conflict.
    """
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider)
        row = require_import(session, connection, import_id, lock=True)
        _require_open(row)
        values: dict[str, Any] = {"state": RowState.OPEN.value, "told": ""}
        if type is not None:
            values["type"] = _type(Kind(row.kind), type)
            values["type_reason"] = "chosen"
        if choice is not None:
            if _choice(choice) is RowChoice.LINK:
                raise BadChoice("choice", "Rows are linked one by one.", "Choose create or skip for all of them.")
            values |= {"choice": choice, "chosen": True}
        return import_rows.change_all(session, row.id, show, search, values)


def _change(kind: Kind, one: ImportRow, change: RowChange, ids: dict[str, int], taken: set[str]) -> None:
    if change.type is not None and change.type != one.type:
        one.type, one.type_reason = _type(kind, change.type), "chosen"
    if change.ref is not None and change.ref != one.ref:
        one.ref = _ref(kind, change.ref, taken)
        one.state = RowState.OPEN
    if change.choice is None:
        return
    choice = _choice(change.choice)
    match_id = one.match_id
    if choice is RowChoice.LINK:
        match_id = _match(kind, one, change, ids)
    if choice != one.choice or match_id != one.match_id or one.state == RowState.FAILED:
        one.choice, one.match_id, one.chosen = choice, match_id, True
        one.state, one.told = RowState.OPEN, ""


def _match(kind: Kind, one: ImportRow, change: RowChange, ids: dict[str, int]) -> int:
    if change.record:
        if change.record not in ids:
            raise BadChoice("record", f"There is no {kind} {change.record} here.", f"Give a {kind}'s ref.")
        return ids[change.record]
    if one.match_id is None:
        raise BadChoice("record", f'"{one.name}" is like no {kind} of yours.', f"Say which {kind} to link it to.")
    return one.match_id


def _require_open(row: Import) -> None:
    if row.state == ImportState.IMPORTING:
        raise Conflict("This import is being brought over just now.", "Stop it first.")
    if row.state == ImportState.DONE:
        raise Conflict("This import is done.", "Start another one.")


def _type(kind: Kind, given: str) -> str:
    known = TYPES if kind is Kind.CUSTOMER else tuple(each.value for each in ItemType)
    if given not in known:
        raise BadChoice("type", f'"{given[:50]}" is no type of {kind}s.', f"Choose one of {', '.join(known)}.")
    return given


def _choice(given: str) -> RowChoice:
    if given not in _CHOICES:
        raise BadChoice("choice", f'"{given[:50]}" cannot be chosen.', f"Choose one of {', '.join(_CHOICES)}.")
    return RowChoice(given)


def _ref(kind: Kind, given: str, taken: set[str]) -> str:
    if not given:
        return ""
    try:
        ref = _REF.validate_python(given)
    except ValidationError as error:
        raise BadChoice("ref", f'"{given[:50]}" {error.errors()[0]["msg"]}.', "Choose another ref.") from error
    if ref in taken:
        raise BadChoice("ref", f"There is a {kind} {ref} here already.", "Choose another ref, or link the two.")
    return ref
