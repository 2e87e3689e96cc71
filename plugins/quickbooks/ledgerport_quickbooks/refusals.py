"""Why QuickBooks refuses a record, in a person's words, and which of our fields it is about. Pure.

The codes are those of Intuit's list; what is not in the table is shown in the provider's own words.
"""

from __future__ import annotations

import re

from ledgerport_quickbooks.envelopes import FaultRow, safe_words

# About the company and not about any record: asking again for each record of a batch would change nothing.
COMPANY_WIDE = frozenset({"120", "3100", "6190"})

_FIELDS = {
    "DisplayName": "name",
    "Name": "name",
    "CompanyName": "company_name",
    "GivenName": "given_name",
    "FamilyName": "family_name",
    "PrimaryEmailAddr": "email",
    "BillEmail": "email",
    "PrimaryPhone": "phone",
    "BillAddr": "address",
    "Sku": "sku",
    "Description": "description",
    "UnitPrice": "price",
    "PurchaseCost": "cost",
    "IncomeAccountRef": "income_account",
    "ExpenseAccountRef": "expense_account",
    "DepositToAccountRef": "deposit_account",
    "DocNumber": "number",
    "CustomerRef": "customer",
    "CustomerMemo": "memo",
    "DueDate": "due_on",
    "TotalAmt": "amount",
    "CurrencyRef": "currency",
    "Line": "lines",
}
# What "... element id 583 not found" calls a list -> (what a person calls it, our field).
_LISTS = {
    "names": ("customer", "customer"),
    "accounts": ("account", "account"),
    "items": ("item", "lines"),
    "klasses": ("class", ""),
    "depts": ("location", ""),
}
_MISSING = re.compile(r"(\w+) element id (\S+) not found", re.IGNORECASE)
_REASONS = {
    "610": ("Something this refers to was deleted or made inactive in QuickBooks.", ""),
    "620": ("QuickBooks cannot link these two transactions.", "invoice"),
    "1040": ("QuickBooks refused the batch as too large.", ""),
    "2210": ("QuickBooks refuses the e-mail address.", "email"),
    "5020": ("The user who connected QuickBooks may not do this.", ""),
    "5030": ("This company's QuickBooks plan does not include this feature.", ""),
    "6070": ("A line's amount is not its quantity times its price.", "lines"),
    "6080": ("QuickBooks needs a name.", "name"),
    "6100": ("QuickBooks refuses a line's tax code.", "lines"),
    "6190": ("This company's QuickBooks subscription has ended or has a billing problem.", ""),
    "6200": ("The books are closed for this date in QuickBooks.", ""),
    "6210": ("The books are closed for this date in QuickBooks.", ""),
    "6250": ("QuickBooks says the customer is missing or inactive.", "customer"),
    "6270": ("An item's stock starts later than this date in QuickBooks.", "lines"),
    "6430": ("QuickBooks refuses the account: it is of the wrong type for this use.", "account"),
    "6540": ("The payment is part of a bank deposit in QuickBooks and cannot be changed.", ""),
}


def refusal(row: FaultRow) -> tuple[str, str]:
    """(reason, field of ours or empty) for an error that is about the record."""
    if row.code == "2500":
        return _missing_reference(row)
    reason, field = _REASONS.get(row.code, ("", ""))
    if not reason:
        # A business rule's message is the same for all; what it is about stands in the detail.
        words = FaultRow(detail=row.detail.removeprefix("Business Validation Error: ") or row.message)
        reason = f"QuickBooks refuses it: {safe_words(words) or 'it does not say why.'}"
    return reason, field or _field(row.element)


def _field(element: str) -> str:
    """`element` may be a path such as `PrimaryEmailAddr.Address` or `Line[0].Amount`."""
    first = re.split(r"[.\[]", element, maxsplit=1)[0]
    return _FIELDS.get(first, "")


def _missing_reference(row: FaultRow) -> tuple[str, str]:
    found = _MISSING.search(row.detail)
    if not found:
        return "Something this refers to is not in QuickBooks any more: map it anew.", _field(row.element)
    what, field = _LISTS.get(found.group(1).lower(), (found.group(1).lower(), ""))
    return f"The {what} with QuickBooks' id {found.group(2)} does not exist: map it anew.", field or _field(row.element)
