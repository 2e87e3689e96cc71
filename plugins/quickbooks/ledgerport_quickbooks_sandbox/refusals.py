"""Intuit's refusals: code, Message and Detail as recorded or documented (fact sheet, section 7.3).

A line marked UNSURE has wording that no source settles; the code is what counts.
"""

from __future__ import annotations

from typing import Any

MESSAGES = {
    "400": "MalformedRequest",
    "500": "Unsupported Operation",
    "600": "Duplicate Request ID",
    "610": "Object Not Found",
    "1040": "Batch size exceeds allowed limit",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid characters",
    "2050": "String length is either shorter or longer than supported by specification",
    "2070": "Invalid date",
    "2090": "Invalid number",
    "2110": "Invalid decimal",
    "2130": "Invalid Request Id Format",
    "2170": "Invalid Enumeration",
    "2210": "Invalid Email Address Format",
    "2500": "Invalid Reference Id",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "5010": "Stale Object Error",
    "6000": "A business validation error has occurred while processing your request",
    "6070": "Amount is not equal to UnitPrice * Qty",
    "6080": "No name given",
    "6100": "Invalid Line TaxCode",
    "6140": "Duplicate Document Number Error",
    "6190": "Invalid Company Status",
    "6210": "Account Period Closed, Cannot Update Through Services API",
    "6240": "Duplicate Name Exists Error",
    "6430": "Invalid account type used",
    "10000": "An application error has occurred while processing your request",
}


class Refused(Exception):
    """A ValidationFault (HTTP 400). `element` None leaves the member out of the error."""

    def __init__(
        self,
        code: str,
        detail: str,
        element: str | None = None,
        *,
        message: str | None = None,
        kind: str = "ValidationFault",
        status: int = 400,
        timed: bool = True,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.element = code, detail, element
        self.message = message or MESSAGES[code]
        self.kind, self.status, self.timed = kind, status, timed

    @staticmethod
    def message_of(code: str) -> str:
        """The Message that goes with a code; that of 6000 for an unknown one."""
        return MESSAGES.get(code, MESSAGES["6000"])

    def fault(self) -> dict[str, Any]:
        """`{"Error": [...], "type": ...}`, as it stands under Fault."""
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


def business(sentence: str) -> Refused:
    """6000 with its fixed beginning [ATH]."""
    return Refused("6000", f"Business Validation Error: {sentence}", "")


def missing(name: str) -> Refused:
    """2020 [REC item__create_item_error]."""
    return Refused("2020", f"Required parameter {name} is missing in the request", name)


def too_long(name: str, limit: int, length: int, least: int = 0) -> Refused:
    """2050 [2050]."""
    detail = (
        "String length specified does not match the supported length. "
        f"Min:{least} Max:{limit} supported. Supplied length:{length}"
    )
    return Refused("2050", detail, name)


def bad_reference(group: str, id: str, element: str) -> Refused:
    """2500; `group` is Names, Accounts, Items (UNSURE) [FYL], [UTA]."""
    return Refused("2500", f"Invalid Reference Id : {group} element id {id} not found", element)


def inactive() -> Refused:
    """610 for objects that are inactive or gone [ERR-FIX]."""
    return Refused(
        "610",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
        "",
    )


def stale() -> Refused:
    """5010 [REC item__update_item_error]."""
    return Refused(
        "5010",
        "Stale Object Error : You and Pat Sample were working on this at the same time. "
        "Pat Sample finished before you did, so your work was not saved.",
        "",
    )


def closed_books() -> Refused:
    """6210; Detail UNSURE."""
    return Refused(
        "6210",
        "The account period has closed and the account books cannot be updated through the QBO Services API. "
        "Please check with your account owner.",
        "",
    )


def unknown_property(name: str, kind: str, known: list[str]) -> Refused:
    """2010, with the list of known properties cut off at about a thousand characters as recorded [REC
    error__400_json].
    """
    listed, length = [], 0
    for member in known:
        length += len(member) + 4
        if length > 1000:
            break
        listed.append(f'"{member}"')
    end = "])" if len(listed) == len(known) else " [truncated]])"
    detail = (
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
        f"not marked as ignorable ({len(known)} known properties: {', '.join(listed)}{end}"
        "\n specified is unsupported or invalid"
    )
    return Refused("2010", detail)
