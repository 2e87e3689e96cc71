"""Whichever way FreshBooks decides what its documents leave open, everything arrives once and the books agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.failures import at_every_kind, everything_arrives

PROVIDER = "freshbooks"
LOST_ANSWER: dict[str, Any] = {"name": "drop_after"}
OTHERWISE: list[dict[str, Any]] = [
    {"error_envelope": "old", "accounting_401": "flat", "throttle_body": "oauth"},
    {"created_at": "grant", "account_id_in_membership": "null"},
    {"estimate_filters": "invoices", "invoice_number_filter": "contains", "duplicate_number": "accept"},
    {"per_page": 2, "lists_show_archived": False, "per_page_over_100": "refuse"},
    {"tax_rounding": "per_line", "discount_before_tax": False, "unknown_tax_name": "refuse"},
    {"payment_on_draft": "accept", "paid_status": "keep", "partial_past_due": "partial", "overpayment": "refuse"},
    {"tax_rounding": "per_line", "overpayment": "refuse"},
    {"organization_default": "email", "read_deleted": "refuse", "write_deleted": "accept", "conflicts": "accept"},
    {"unknown_reference_status": 404, "mixed_currency": "accept", "total_below_paid": "accept"},
]


@pytest.mark.parametrize("switches", OTHERWISE, ids=", ".join)
def test_everything_arrives_once_although_the_first_answer_of_every_kind_is_lost(
    tmp_path: Path, switches: dict[str, Any]
) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, LOST_ANSWER), switches)
