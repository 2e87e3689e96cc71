"""Why FreshBooks refuses a record, in a person's words, and which of our fields it is about. Pure.

The codes are those of the vendor's list and of live probes (fact sheet, section 3); what is not in the table is shown
in the provider's own words.
"""

from __future__ import annotations

import re

from ledgerport_freshbooks.envelopes import ErrorRow, safe_words

# The account lacks a whole part of FreshBooks. Comes with a status of 200 as well (seen 2026-08).
NO_MODULE = frozenset({"12001", "31001", "41001", "41101"})
TOO_LONG = "1017"
READ_ONLY = "1038"
NOT_THERE = frozenset({"404", "1011", "1012", "not_found"})

_FIELDS = {
    "organization": "name",
    "fname": "given_name",
    "lname": "family_name",
    "email": "email",
    "bus_phone": "phone",
    "currency_code": "currency",
    "name": "name",
    "unit_cost": "price",
    "sku": "sku",
    "description": "description",
    "customerid": "customer",
    "create_date": "issued_on",
    "due_offset_days": "due_on",
    "invoice_number": "number",
    "estimate_number": "number",
    "notes": "memo",
    "lines": "lines",
    "discount_value": "discount",
    "taxname1": "tax",
    "taxamount1": "tax",
    "estimateid": "estimate_id",
    "invoiceid": "invoice",
    "amount": "amount",
    "date": "paid_on",
    "type": "method",
    "note": "memo",
}
# What an error calls a thing -> (what a person calls it, our field).
_OBJECTS = {
    "client": ("customer", "customer"),
    "customer": ("customer", "customer"),
    "invoice": ("invoice", "invoice"),
    "estimate": ("estimate", "estimate_id"),
    "payment": ("payment", ""),
    "item": ("item", ""),
    "tax": ("tax", "tax"),
}
_IN_USE = re.compile(r"(?i)already|in use|taken|exists|duplicate|unique")


def refusal(row: ErrorRow) -> tuple[str, str]:
    """(reason, field of ours or empty) for an error that is about the record."""
    field = field_of(row)
    if row.code in NOT_THERE:
        what, its = _OBJECTS.get(row.object.lower(), ("", ""))
        named = f"The {what} that this refers to" if what else "Something this refers to"
        return f"{named} is not in FreshBooks any more.", field or its
    if row.code == "1001":
        return f"FreshBooks needs a value here ({row.field or 'it does not say where'}).", field
    if row.code == TOO_LONG:
        return f"This is longer than FreshBooks takes: {_said(row)}", field
    if row.code == READ_ONLY:
        return f"FreshBooks lets nobody write '{row.field}': report this as a fault of the plugin.", field
    return f"FreshBooks refuses it: {_said(row)}", field


def number_in_use(row: ErrorRow) -> bool:
    """Whether an error says in words that a document's number is taken; its errno is not documented."""
    return field_of(row) == "number" and row.code != TOO_LONG and bool(_IN_USE.search(row.message))


def field_of(row: ErrorRow) -> str:
    """Our field; `lines[1].unit_cost` is a line's and `unit_cost.amount` a price's."""
    names = [re.sub(r"\W.*", "", part).lower() for part in row.field.split(".") if part]
    first = names[0] if names else ""
    if first.startswith("p_"):
        return "address"
    if first == "lines" and len(names) > 1 and names[1].startswith("tax"):
        return "tax"
    return _FIELDS.get(first, "")


def _said(row: ErrorRow) -> str:
    words = safe_words(row)
    return words if words.endswith((".", "!", "?")) else f"{words or 'it does not say why'}."
