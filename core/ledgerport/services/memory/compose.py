"""Makes the texts of documents and of their lines, from what was read in bulk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import DocumentStatus
from ledgerport.db.repositories import memory_texts
from ledgerport.db.repositories.memory_texts import Read, decimal_of
from ledgerport.memory.documents import BillingDocument, BillingLine, document_text, line_text, text_hash

# So many lines are remembered; then it begins anew.
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A document as the memory is to have it. `lines`: position -> hash, without lines that say nothing."""

    kind: Kind
    record_id: int
    sent: bool
    seen_at: datetime
    text: str
    hash: str
    lines: Mapping[int, str]


@dataclass
class Composer:
    """Makes texts and remembers those of lines: what is sold a thousand times is written once.

    `line_texts`: hash -> text of every line met so far.
    """

    line_texts: dict[str, str] = field(default_factory=dict)
    _met: dict[tuple[Any, ...], tuple[BillingLine, str]] = field(default_factory=dict)

    def compose(self, session: Session, tenant_id: int, kind: Kind, ids: Collection[int]) -> dict[int, Composed]:
        """By record id; a document that is not there is left out."""
        if len(self._met) > _MOST_REMEMBERED:
            self._met.clear()
            self.line_texts.clear()
        if not ids:
            return {}
        read = memory_texts.read(session, tenant_id, kind, ids)
        return {row.id: self._one(kind, row, read) for row in read.documents}

    def _one(self, kind: Kind, row: Row[Any], read: Read) -> Composed:
        met = [self._line(line, read, row.currency) for line in read.lines.get(row.id, ())]
        address = row.address or {}
        text = document_text(
            BillingDocument(
                kind=kind.value,
                number=row.number,
                status=str(row.status),
                issued_on=row.issued_on,
                currency=row.currency,
                customer_type=row.customer_type,
                city=address.get("city", ""),
                region=address.get("region", ""),
                lines=[line for _, line, _ in met],
                subtotal=sum((line.amount for _, line, _ in met), Decimal(0)),
                discount=row.discount,
                tax=row.tax,
                total=row.total,
                paid=read.paid.get(row.id, Decimal(0)),
            )
        )
        return Composed(
            kind=kind,
            record_id=row.id,
            sent=row.status == DocumentStatus.SENT,
            seen_at=row.updated_at,
            text=text,
            hash=text_hash(text),
            lines={position: hash_ for position, _, hash_ in met if hash_},
        )

    def _line(self, row: Sequence[Any], read: Read, currency: str) -> tuple[int, BillingLine, str]:
        """Its position, the line, and its text's hash; empty for a line that says nothing."""
        # Columns by place: there are many thousands of lines, and a look-up by name costs as much as all the rest.
        _, position, item_id, description, quantity, unit_price, amount = row
        item = read.items.get(item_id)
        _, name, category, type_, cost = (0, "", "", "", None) if item is None else item
        if currency != read.currency:
            # What an item costs is in the tenant's own currency: elsewhere it is not known.
            cost = None
        key = (name, category, type_, description, currency, quantity, unit_price, amount, cost)
        known = self._met.get(key)
        if known is None:
            line = BillingLine(
                item=name,
                category=category,
                type=type_,
                description=description,
                currency=currency,
                quantity=decimal_of(quantity),
                unit_price=decimal_of(unit_price),
                cost=None if cost is None else decimal_of(cost),
                amount=decimal_of(amount),
            )
            known = self._met[key] = (line, self._hash(line))
        return position, *known

    def _hash(self, line: BillingLine) -> str:
        text = line_text(line)
        if not text:
            return ""
        hash_ = text_hash(text)
        self.line_texts[hash_] = text
        return hash_
