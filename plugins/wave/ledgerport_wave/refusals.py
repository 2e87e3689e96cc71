"""Why Wave refuses a record, in a person's words, and which of our fields it is about. Pure.

Wave's own words and codes are not documented, so they are shown and never decided on; what can be told is the field,
from the path of the error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ledgerport_wave.envelopes import InputError, safe_words

_FIELDS = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "firstName": "given_name",
    "lastName": "family_name",
    "address": "address",
    "addressLine1": "address.line1",
    "addressLine2": "address.line2",
    "city": "address.city",
    "postalCode": "address.postal_code",
    "provinceCode": "address.region",
    "countryCode": "address.country",
    "currency": "currency",
    "description": "description",
    "incomeAccountId": "income_account",
    "expenseAccountId": "expense_account",
    "customerId": "customer",
    "invoiceNumber": "number",
    "estimateNumber": "number",
    "invoiceDate": "issued_on",
    "estimateDate": "issued_on",
    "dueDate": "due_on",
    "memo": "memo",
    "items": "lines",
    "discounts": "discount",
    "invoiceId": "invoice",
    "paymentAccountId": "deposit_account",
    "amount": "amount",
    "paymentDate": "paid_on",
    "paymentMethod": "method",
    "exchangeRate": "currency",
    "unitPrice": "price",
}
# Of a line: what it is called there.
_LINE_FIELDS = {
    "productId": "item",
    "quantity": "quantity",
    "unitPrice": "unit_price",
    "description": "description",
    "taxes": "tax_code",
}
# What is not found -> (what a person calls it, our field).
_THINGS = {
    "customer": ("customer", "customer"),
    "product": ("item", "lines"),
    "account": ("account", "account"),
    "salestax": ("tax code", "tax"),
    "sales tax": ("tax code", "tax"),
    "invoice": ("invoice", "invoice"),
    "estimate": ("estimate", "estimate"),
    "business": ("business", ""),
}
_ADVICE = {
    "income_account": "Map the item to an account that Wave counts as income.",
    "expense_account": "Map the item to an account that Wave counts as an expense.",
    "deposit_account": "Choose a cash or bank account as this connection's deposit account.",
    "tax": "Choose the tax codes of this connection anew.",
    "tax_code": "Choose the tax codes of this connection anew.",
    "item": "Look whether the item is still sold in Wave, or send it anew.",
}
_NOT_FOUND = re.compile(r"(?i)^\W*(customer|product|account|sales ?tax|invoice|estimate|business)\b")
_STEPS = re.compile(r"[.\[\]]+")


def refusal(errors: Sequence[InputError]) -> tuple[str, str]:
    """(reason, our field or empty) for a mutation that did not succeed."""
    if not errors:
        return (
            "Wave refused it without saying why; mostly something it refers to belongs to another business or is gone.",
            "",
        )
    field = field_of(errors[0].path)
    words = "; ".join(dict.fromkeys(safe_words(error.message).rstrip(". ") for error in errors if error.message))
    return sentence(words or "it does not say why", field), field


def sentence(words: str, field: str) -> str:
    """Wave's words as a sentence, with what to do where that is known."""
    advice = _ADVICE.get(field.rpartition(".")[2], "")
    return f"Wave refuses it: {words.rstrip('. ')}.{' ' + advice if advice else ''}"


def field_of(path: Sequence[str]) -> str:
    """Our name for the member at a path: `input.items.2.productId` is `lines[2].item`."""
    steps = [step for part in path for step in _STEPS.split(part) if step]
    if steps[:1] == ["input"] or (steps and steps[0].startswith("$")):
        steps = steps[1:]
    if not steps:
        return ""
    if steps[0] == "items" and len(steps) > 1 and steps[1].isdigit():
        inner = next((_LINE_FIELDS[step] for step in steps[2:] if step in _LINE_FIELDS), "")
        return f"lines[{steps[1]}]{'.' + inner if inner else ''}"
    if steps[0] == "discounts":
        return "discount"
    # The innermost member that has a name of ours: `address.provinceCode` is the region.
    return next((_FIELDS[step] for step in reversed(steps) if step in _FIELDS), "")


def not_found(message: str) -> tuple[str, str]:
    """(what was not found in a person's word, our field) of a NOT_FOUND, where its message tells; else empty texts."""
    found = _NOT_FOUND.search(message)
    return _THINGS.get(" ".join(found.group(1).lower().split()), ("", "")) if found else ("", "")
