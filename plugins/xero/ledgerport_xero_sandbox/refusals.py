"""Xero's refusals: of one element (`ValidationErrors`) and of a whole request (`ApiException`), section 6.2.

A text marked UNSURE has wording that no source settles.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """One element is refused; the others of the request go on."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class ApiError(Exception):
    """The whole request is refused: a status and the members of an ApiException."""

    def __init__(self, number: int, kind: str, message: str, status: int = 400, elements: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"ErrorNumber": number, "Type": kind, "Message": message}
        if elements is not None:
            self.body["Elements"] = elements


class NotFound(Exception):
    """404: `The resource you're looking for cannot be found`."""


def unreadable(message: str) -> ApiError:
    """14: a value that cannot be read."""
    return ApiError(14, "PostDataInvalidException", message)


def query_error(message: str) -> ApiError:
    """16: a `where` or `order` that cannot be read."""
    return ApiError(16, "QueryParseException", message)


def nothing_sent(kind: str) -> ApiError:
    """17; UNSURE: number and wording."""
    text = "No data has been processed for this endpoint. This endpoint is expecting {} data to be specifed in the "
    return ApiError(17, "NoDataProcessedException", text.format(kind) + "request body.")


def not_implemented() -> ApiError:
    """20 [R:pyxero/not-implemented.xml]; also for endpoints of Xero that this sandbox leaves out."""
    return ApiError(20, "ApiMethodNotImplementedException", "The Api Method called is not implemented", 501)


def invalid(elements: Any, message: str = "A validation exception occurred") -> ApiError:
    """10: data errors."""
    return ApiError(10, "ValidationException", message, elements=elements)


def missing_document(kind: str) -> Refused:
    """An id that Xero did not give, or of another organisation."""
    return Refused(f"An existing {kind} with the specified {kind}ID could not be found")


def wrong_account(code: str) -> Refused:
    """An account that does not exist or does not fit."""
    return Refused(f"Account code '{code}' is not a valid code for this document.")


def archived_account(code: str) -> Refused:
    """An account that is archived or deleted."""
    return Refused(f"Account code '{code}' has been archived, or deleted.")


def wrong_tax(code: str) -> Refused:
    """A tax type that is not there, not active or not for sales."""
    return Refused(f"The TaxType code {code} does not exist or cannot be used for this type of transaction.")


def too_long(what: str, limit: int) -> Refused:
    """A text over its limit; UNSURE: wording."""
    return Refused(f"The length of {what} must not exceed {limit} characters")
