"""Lines of stored documents by the passage they have, with all that an answer says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, String, and_, func, literal, select
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import (
    Customer,
    DocumentStatus,
    EntryState,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Item,
    MemoryEntry,
    MemoryLine,
)


@dataclass(frozen=True, kw_only=True)
class LinesWanted:
    """Which lines: those with one of these passages, on documents of these days, of a category, for a type of customer.

    `category` and `customer_type` are compared without case; empty lets everything pass.
    """

    hashes: Collection[str]
    since: date | None = None
    until: date | None = None
    category: str = ""
    customer_type: str = ""


def lines_with(session: Session, tenant_id: int, wanted: LinesWanted) -> Sequence[Any]:
    """Every such line of a sent document, as rows of columns (no objects: there may be very many).

    An estimate that became an invoice is left out, since its lines are the invoice's. `edited` tells that the document
    was saved again after its text was made, so that the line may have another one by now.
    """
    found: list[Any] = []
    for kind in (Kind.INVOICE, Kind.ESTIMATE):
        found += session.execute(_lines(kind, tenant_id, wanted), {"hashes": list(wanted.hashes)}).all()
    return found


def newest_lines(session: Session, tenant_id: int, wanted: LinesWanted, most: int) -> Sequence[Any]:
    """The newest lines of sent documents, whatever is sold: at most `most` of each kind; `wanted.hashes` has no say."""
    found: list[Any] = []
    for kind in (Kind.INVOICE, Kind.ESTIMATE):
        query = _lines(kind, tenant_id, wanted, of_passages=False)
        newest_first = query.order_by(
            _document(kind).issued_on.desc(), MemoryLine.record_id.desc(), MemoryLine.position
        )
        found += session.execute(newest_first.limit(most)).all()
    return found


def known_choices(session: Session, tenant_id: int) -> tuple[list[str], list[str]]:
    """Categories of items and types of customers that there are, for filters, in the order of the alphabet."""
    categories = select(Item.category).where(Item.tenant_id == tenant_id, Item.category != "").distinct()
    types = select(Customer.type).where(Customer.tenant_id == tenant_id, Customer.type != "").distinct()
    return sorted(session.scalars(categories)), sorted(session.scalars(types))


def _document(kind: Kind) -> Any:
    return Invoice if kind is Kind.INVOICE else Estimate


def _lines(kind: Kind, tenant_id: int, wanted: LinesWanted, *, of_passages: bool = True) -> Select[Any]:
    document = _document(kind)
    line: Any = InvoiceLine if kind is Kind.INVOICE else EstimateLine
    owner = line.invoice_id if kind is Kind.INVOICE else line.estimate_id
    query = (
        select(
            literal(kind.value, String()).label("kind"),
            MemoryLine.text_hash,
            MemoryLine.record_id,
            line.position,
            line.description,
            line.quantity,
            line.unit_price,
            line.amount,
            document.ref,
            document.number,
            document.issued_on,
            document.currency,
            Customer.type.label("customer_type"),
            Item.ref.label("item"),
            func.coalesce(Item.name, "").label("item_name"),
            func.coalesce(Item.category, "").label("category"),
            func.coalesce(Item.type, "").label("item_type"),
            Item.cost,
            (document.updated_at != MemoryEntry.seen_at).label("edited"),
        )
        .join(
            MemoryEntry,
            and_(
                MemoryEntry.tenant_id == MemoryLine.tenant_id,
                MemoryEntry.kind == MemoryLine.kind,
                MemoryEntry.record_id == MemoryLine.record_id,
            ),
        )
        .join(line, and_(owner == MemoryLine.record_id, line.position == MemoryLine.position))
        .join(document, document.id == MemoryLine.record_id)
        .join(Customer, Customer.id == document.customer_id)
        .outerjoin(Item, Item.id == line.item_id)
        .where(
            MemoryLine.tenant_id == tenant_id,
            MemoryLine.kind == kind,
            document.tenant_id == tenant_id,
            document.status == DocumentStatus.SENT,
            MemoryEntry.state.not_in((EntryState.REMOVING, EntryState.FORGOTTEN)),
        )
    )
    if of_passages:
        query = query.where(among(MemoryLine.text_hash, "hashes"))
    if kind is Kind.ESTIMATE:
        became = select(Invoice.estimate_id).where(
            Invoice.tenant_id == tenant_id,
            Invoice.estimate_id.is_not(None),
            Invoice.status == DocumentStatus.SENT,
        )
        query = query.where(Estimate.id.not_in(became))
    if wanted.since is not None:
        query = query.where(document.issued_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(document.issued_on <= wanted.until)
    if wanted.category:
        query = query.where(func.lower(Item.category) == wanted.category.lower())
    if wanted.customer_type:
        query = query.where(func.lower(Customer.type) == wanted.customer_type.lower())
    return query
