"""What an invoice or estimate shows today: its status follows from what was done to it, from payments and the date."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_sandbox.switches import Switches


def of_invoice(doc: dict[str, Any], today: str, switches: Switches) -> str:
    """DRAFT, SAVED (or UNPAID), SENT, VIEWED, OVERDUE, PARTIAL, PAID or OVERPAID."""
    stage: str = doc["stage"]
    if stage == "DRAFT":
        return stage
    total, paid = Decimal(doc["total"]), Decimal(doc["amountPaid"])
    if paid > total:
        return "OVERPAID"
    if paid == total:
        return "PAID"
    late: bool = doc["dueDate"] < today
    if paid > 0:
        return str(switches["overdue_when_partial"]) if late else "PARTIAL"
    if late:
        return "OVERDUE"
    return str(switches["approved_status"]) if stage == "SAVED" else stage


def due(doc: dict[str, Any], switches: Switches) -> Decimal:
    """amountDue."""
    open_ = Decimal(doc["total"]) - Decimal(doc["amountPaid"])
    return max(open_, Decimal(0)) if switches["overpaid_amount_due"] == "zero" else open_


def of_estimate(doc: dict[str, Any], today: str) -> str:
    """DRAFT, APPROVED, SENT, VIEWED, ACCEPTED, REJECTED, EXPIRED or CONVERTED."""
    stage: str = doc["stage"]
    return "EXPIRED" if stage in {"APPROVED", "SENT", "VIEWED"} and doc["dueDate"] < today else stage
