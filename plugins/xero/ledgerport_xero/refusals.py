"""What Xero's validation messages mean: which decision, in a person's words, about which of our fields. Pure.

The texts are those of the fact sheet; one that is not in the table is Refused and shown as it is. When an element has
several, the one that stands highest in the table decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledgerport.contract import Kind


class Means(StrEnum):
    """What a message asks of the hub. `EDITED`: the object's state forbids it, looking tells whether it is gone."""

    TAKEN = "taken"
    GONE = "gone"
    EDITED = "edited"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One message, understood."""

    means: Means
    reason: str = ""
    field: str = ""


_DATE = {Kind.PAYMENT: "paid_on"}
_TABLE: tuple[tuple[str, Means, str, str], ...] = (
    (r"contact name .* already assigned|contact number .* already assigned", Means.TAKEN, "", "name"),
    (r"invoice # must be unique|(quote|order) number must be unique", Means.TAKEN, "", "number"),
    (r"item with code .* already exists", Means.TAKEN, "", "code"),
    (r"existing \w+ with the specified \w+ could not be found|resource you're looking for", Means.GONE, "", ""),
    (
        r"not of valid status for modification|cannot be edited as it has",
        Means.EDITED,
        "Xero does not let it be changed any more: it is paid, part-paid, void or deleted there. Delete its payments "
        "first, or make the change in Xero.",
        "",
    ),
    (
        r"status voided cannot be applied|payments or credit notes allocated",
        Means.EDITED,
        "Payments or credit notes are allocated to it in Xero. Delete them first, then void it.",
        "",
    ),
    (
        r"payments within a batch cannot be deleted",
        Means.REFUSED,
        "The payment is part of a batch payment in Xero. Delete the whole batch there.",
        "",
    ),
    (r"reconciled", Means.REFUSED, "It is reconciled with a bank line in Xero. Unreconcile it there first.", ""),
    (
        r"lock date",
        Means.REFUSED,
        "The books are locked for this date in Xero. Change the date, or have the lock date moved.",
        "date",
    ),
    (
        r"has been archived\. the contact must be|contact .* archived",
        Means.REFUSED,
        "The customer is archived in Xero. Restore the contact there first.",
        "customer",
    ),
    (
        r"payment amount exceeds the amount outstanding",
        Means.REFUSED,
        "The payment is larger than what is still owed on the invoice in Xero. Look at its other payments.",
        "amount",
    ),
    (
        r"payments can only be made against authorised",
        Means.REFUSED,
        "The invoice takes no payment in Xero: it is a draft, paid or void there.",
        "invoice",
    ),
    (
        r"account code .*(not a valid code|archived, or deleted|does not match)",
        Means.REFUSED,
        "An account is not in Xero's chart of accounts any more. Choose another one for this connection.",
        "account",
    ),
    (
        r"taxtype code .*(does not exist|cannot be used)",
        Means.REFUSED,
        "Xero does not take the tax code here. Choose another tax code for this connection.",
        "tax",
    ),
    (
        r"not subscribed to currency",
        Means.REFUSED,
        "The organisation does not use this currency in Xero. Add it there, or change the currency.",
        "currency",
    ),
    (r"email address must be valid", Means.REFUSED, "Xero refuses the e-mail address.", "email"),
    (r"line items? must be specified", Means.REFUSED, "Xero takes no document without a line.", "lines"),
    (r"discount must not be greater|discount rate", Means.REFUSED, "A discount is larger than its line.", "discount"),
    (
        r"contact must be specified|must contain at least 1 of the following elements to identify the contact",
        Means.REFUSED,
        "Xero does not find the customer.",
        "customer",
    ),
    (r"item code .* (is not valid|does not exist|not found)", Means.REFUSED, "Xero does not know an item.", "lines"),
    (r"status for creation", Means.REFUSED, "Xero takes no document with this status.", ""),
)
_COMPILED = tuple(
    (re.compile(pattern, re.IGNORECASE), means, reason, field) for pattern, means, reason, field in _TABLE
)
_REFERENCE = ("Something this refers to is not in Xero any more.", {Kind.PAYMENT: "invoice"})


def meaning(messages: Sequence[str], kind: Kind | None, *, updates: bool) -> Meaning:
    """What the messages of one element come to. `updates`: the element named an object that we know."""
    for pattern, means, reason, field in _COMPILED:
        said = next((message for message in messages if pattern.search(message)), None)
        if said is None:
            continue
        if means is Means.GONE and not (updates and _names(said, kind)):
            # What is not there is something the record refers to.
            words, fields = _REFERENCE
            return Meaning(means=Means.REFUSED, reason=words, field=fields.get(kind, "") if kind else "")
        if field == "date":
            field = _DATE.get(kind, "issued_on") if kind else ""
        return Meaning(means=means, reason=reason, field=field)
    return Meaning(means=Means.REFUSED)


def _names(message: str, kind: Kind | None) -> bool:
    """Whether `An existing Invoice with ... could not be found` is about this kind itself."""
    found = re.search(r"existing (\w+) with", message, re.IGNORECASE)
    return found is None or kind is None or found.group(1).lower() == _WORDS[kind]


_WORDS = {
    Kind.CUSTOMER: "contact",
    Kind.ITEM: "item",
    Kind.INVOICE: "invoice",
    Kind.ESTIMATE: "quote",
    Kind.PAYMENT: "payment",
}
