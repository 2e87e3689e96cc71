"""What saving an invoice and saving an estimate share: references, figures, lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind, round_money
from ledgerport.db.models import DocumentStatus, EntryReason
from ledgerport.db.repositories import records
from ledgerport.services.batch import Batch, Change
from ledgerport.services.record_input import EstimateInput, InvoiceInput, LineInput

Document = InvoiceInput | EstimateInput
_MOST = Decimal(10**12)
_LINE = ("item_id", "description", "quantity", "unit_price", "amount", "taxable", "tax_code")


class Unfit(Exception):
    """A document that cannot be saved: the field and why, in words that follow the document's name."""

    def __init__(self, field: str, reason: str, next_step: str = "Correct it and send the record again.") -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.next_step = next_step


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A document ready to be written: its columns and its lines' columns."""

    columns: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]


def save_documents(
    batch: Batch,
    kind: Kind,
    rows: Sequence[tuple[int, str, Document]],
    check: Callable[[Row[Any], Drawn], None],
    own: Callable[[Document], Mapping[str, Any]],
) -> None:
    """Create or replace documents, given as (number, ref, record).

    `check(row, drawn)` may raise Unfit for a document that replaces `row`; `own(record)` gives the columns that only
    this kind has.
    """
    session, tenant_id = batch.session, batch.tenant.id
    there = records.find(session, kind, tenant_id, [ref for _, ref, _ in rows], lock=True)
    customers = records.find_ids(session, Kind.CUSTOMER, tenant_id, {given.customer for _, _, given in rows})
    wanted = {line.item for _, _, given in rows for line in given.lines if line.item is not None}
    items = records.find_ids(session, Kind.ITEM, tenant_id, wanted)
    old_lines = records.lines_of(session, kind, [row.id for row in there.values()])
    inserts: list[tuple[int, str, Drawn]] = []
    updates: list[tuple[int, int, Drawn]] = []
    for number, ref, given in rows:
        row = there.get(ref)
        try:
            drawn = _draw(batch, given, customers, items, row, own(given))
            if row is not None:
                check(row, drawn)
        except Unfit as unfit:
            batch.reject(number, kind, ref, unfit.field, unfit.reason, unfit.next_step)
            continue
        if row is None:
            inserts.append((number, ref, drawn))
        elif _same(row, old_lines[row.id], drawn):
            batch.took(number, kind, ref, row.id, Change.UNCHANGED)
        else:
            updates.append((number, row.id, drawn))
            if row.status != DocumentStatus.SENT and drawn.columns["status"] == DocumentStatus.SENT:
                batch.remember(kind, [row.id], EntryReason.SENT)
            batch.took(number, kind, ref, row.id, Change.UPDATED)
    _write(batch, kind, inserts, updates)


def _write(
    batch: Batch, kind: Kind, inserts: Sequence[tuple[int, str, Drawn]], updates: Sequence[tuple[int, int, Drawn]]
) -> None:
    tenant_id, now = batch.tenant.id, batch.now
    new = {"tenant_id": tenant_id, "created_at": now, "updated_at": now}
    ids = records.add(batch.session, kind, [{**drawn.columns, **new, "ref": ref} for _, ref, drawn in inserts])
    records.change(
        batch.session,
        records.table_of(records.MODELS[kind]),
        tenant_id,
        [{**drawn.columns, "id": row_id, "updated_at": now} for _, row_id, drawn in updates],
    )
    _, owner = records.LINES[kind]
    written = [(ids[ref], drawn) for _, ref, drawn in inserts] + [(row_id, drawn) for _, row_id, drawn in updates]
    records.replace_lines(
        batch.session,
        kind,
        [row_id for _, row_id, _ in updates],
        [{**line, owner: row_id, "tenant_id": tenant_id} for row_id, drawn in written for line in drawn.lines],
    )
    for number, ref, drawn in inserts:
        batch.took(number, kind, ref, ids[ref], Change.CREATED)
        if drawn.columns["status"] == DocumentStatus.SENT:
            batch.remember(kind, [ids[ref]], EntryReason.SENT)
    batch.touch(kind, (row_id for row_id, drawn in written if drawn.columns["status"] == DocumentStatus.SENT))


def _draw(
    batch: Batch,
    given: Document,
    customers: Mapping[str, int],
    items: Mapping[str, int],
    row: Row[Any] | None,
    own: Mapping[str, Any],
) -> Drawn:
    if given.customer not in customers:
        raise Unfit(
            "customer",
            f"customer {given.customer} is not known here",
            f"Send customer {given.customer} first, then this record again.",
        )
    currency = given.currency or batch.tenant.currency
    lines = [_line(at, line, currency, items) for at, line in enumerate(given.lines)]
    _in_units("discount", given.discount, currency)
    _in_units("tax", given.tax, currency)
    gross = sum((line["amount"] for line in lines), Decimal(0))
    total = gross - given.discount + given.tax
    if total < 0:
        raise Unfit("lines", f"the total is {total} {currency}: a bill cannot be below zero")
    if total >= _MOST or abs(gross) >= _MOST:
        raise Unfit("lines", "the total is a million million or more, which no books take")
    return Drawn(
        columns={
            "number": given.number,
            "customer_id": customers[given.customer],
            "issued_on": given.issued_on,
            "status": _status(batch, given, row),
            "currency": currency,
            "discount": given.discount,
            "tax": given.tax,
            "total": total,
            "memo": given.memo,
            "email": given.email,
            **own,
        },
        lines=lines,
    )


def _status(batch: Batch, given: Document, row: Row[Any] | None) -> str:
    """DRAFT becomes SENT where the tenant wants it so; what was sent cannot become a draft again, and a void is
    final.
    """
    status = DocumentStatus(given.status)
    if row is not None and row.status == DocumentStatus.VOID:
        raise Unfit("status", "it was voided and takes no more changes", "Send the new bill under a ref of its own.")
    if status is DocumentStatus.DRAFT and batch.tenant.promote_drafts:
        status = DocumentStatus.SENT
    if row is not None and row.status == DocumentStatus.SENT and status is DocumentStatus.DRAFT:
        raise Unfit("status", "it was sent and cannot become a draft again", "Send it with status SENT, or void it.")
    return status.value


def _line(at: int, line: LineInput, currency: str, items: Mapping[str, int]) -> dict[str, Any]:
    if line.item is not None and line.item not in items:
        raise Unfit(
            f"lines[{at}].item",
            f"line {at + 1} names item {line.item}, which is not known here",
            f"Send item {line.item} first, then this record again.",
        )
    product = line.quantity * line.unit_price
    if abs(product) >= _MOST:
        raise Unfit(f"lines[{at}].unit_price", f"line {at + 1} is a million million or more, which no books take")
    amount = round_money(product, currency)
    if line.amount is not None and line.amount != amount:
        raise Unfit(
            f"lines[{at}].amount",
            f"line {at + 1} says {line.amount}, but {line.quantity} x {line.unit_price} is {amount} {currency}",
            "Leave the amount out, or correct quantity and unit price.",
        )
    return {
        "position": at + 1,
        "item_id": None if line.item is None else items[line.item],
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": amount,
        "taxable": line.taxable,
        "tax_code": line.tax_code,
    }


def _in_units(field: str, amount: Decimal, currency: str) -> None:
    if amount != round_money(amount, currency):
        raise Unfit(field, f"{field} {amount} has more decimals than {currency} has")


def _same(row: Row[Any], lines: Sequence[Row[Any]], drawn: Drawn) -> bool:
    if any(row._mapping[name] != value for name, value in drawn.columns.items()) or len(lines) != len(drawn.lines):
        return False
    return all(old._mapping[name] == new[name] for old, new in zip(lines, drawn.lines, strict=True) for name in _LINE)
