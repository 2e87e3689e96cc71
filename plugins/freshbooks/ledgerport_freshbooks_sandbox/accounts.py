"""The chart of accounts in its two forms (section 5): journal entry accounts, and ledger accounts by uuid.

Neither is referred to by items or lines. The two are tied by `jea_id` and `jesa_id`, which no two accounts share.
"""

from __future__ import annotations

import uuid
from typing import Any

from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.state import Company

_UPDATED = "2026-01-05T14:33:48.841075Z"
_FIRST = 4550415
_FIRST_SUB = 12108003
#: Businesses are numbered upward from this one; each has this many ids for its chart.
_FIRST_BUSINESS, _APART = 439000, 100
_SPACE = uuid.UUID("6f1b7c1e-0000-4000-8000-00805f9b34fb")
#: (number, name, type, sub type, names of sub-accounts)
CHART: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("1000", "Cash", "asset", "Cash & Bank", ("Petty Cash", "Checking", "Undeposited Funds")),
    ("1200", "Accounts Receivable", "asset", "Current Asset", ("Accounts Receivable",)),
    ("1500", "Property, Plant, and Equipment", "asset", "Property, Plant, and Equipment", ("Furniture", "Vehicles")),
    ("2000", "Accounts Payable", "liability", "Current Liability", ()),
    ("2100", "Sales Tax Payable", "liability", "Current Liability", ("Texas Sales Tax",)),
    ("3000", "Owner's Equity", "equity", "Equity", ("Owner's Investment",)),
    ("4000", "Revenue", "income", "Revenue", ("Sales", "Service Income")),
    ("4300", "Other Income", "income", "Revenue", ()),
    ("5000", "Cost of Goods Sold", "expense", "Cost of Goods Sold", ("Materials",)),
    ("6000", "Operating Expenses", "expense", "Operating Expense", ("Fuel", "Office Supplies")),
)
TYPES = ("asset", "liability", "equity", "income", "expense")


def journal_entry_accounts(company: Company) -> list[dict[str, Any]]:
    """The older form, sub-accounts inside."""
    answer: list[dict[str, Any]] = []
    first, sub_id = _first_ids(company)
    for at, (number, name, kind, _, subs) in enumerate(CHART):
        id = first + at
        shared = {"account_type": kind, "balance": "0.00", "currency_code": company.currency}
        inner: list[dict[str, Any]] = []
        for place, sub in enumerate(subs, 1):
            named = {"account_sub_name": sub, "account_sub_number": str(place), "custom": False, "parentid": id}
            ids = {"id": sub_id, "sub_accountid": sub_id, "transaction_posted": False}
            inner.append({**shared, **named, **ids})
            sub_id += 1
        head = {"account_name": name, "account_number": number, "accountid": id, "id": id}
        answer.append({**shared, **head, "sub_accounts": inner})
    return answer


def ledger_accounts(company: Company) -> list[dict[str, Any]]:
    """The newer form, one row for every account and sub-account."""
    answer: list[dict[str, Any]] = []
    first, sub_id = _first_ids(company)
    for at, (number, name, kind, sub_type, subs) in enumerate(CHART):
        parent = _row(company, number, name, kind, sub_type)
        parent |= {"system_account_name": name, "auto_created": True, "jea_id": first + at}
        answer.append(parent)
        for place, sub in enumerate(subs, 1):
            row = _row(company, f"{number}-{place}", sub, kind, sub_type)
            row |= {"parent_account": parent["uuid"], "jesa_id": sub_id}
            parent["sub_accounts"].append(row["uuid"])
            answer.append(row)
            sub_id += 1
    return answer


def ledger_account(company: Company, wanted: str) -> dict[str, Any]:
    """One account by its uuid. Raises Refused 404."""
    for row in ledger_accounts(company):
        if row["uuid"] == wanted:
            return row
    raise Refused(404, "Not found.", status=404)


def _first_ids(company: Company) -> tuple[int, int]:
    """The first ids of a company's accounts and sub-accounts."""
    apart = _APART * (company.business_id - _FIRST_BUSINESS)
    return _FIRST + apart, _FIRST_SUB + apart


def _row(company: Company, number: str, name: str, kind: str, sub_type: str) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid5(_SPACE, f"{company.id}/{number}")),
        "name": name,
        "number": number,
        "description": "",
        "type": kind,
        "sub_type": sub_type,
        "system_account_name": None,
        "parent_account": None,
        "sub_accounts": [],
        "auto_created": False,
        "state": "active",
        "updated_at": _UPDATED,
        "category_id": None,
        "jea_id": None,
        "jesa_id": None,
    }
