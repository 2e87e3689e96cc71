"""A refusal with its errno, and the shapes in which the families of addresses show it (fact sheet, section 3)."""

from __future__ import annotations

from typing import Any

from ledgerport_sandbox import Reply

#: gRPC codes of the new accounting envelope by HTTP status.
_GRPC = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 422: 3, 429: 8, 500: 13, 503: 14}
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_NOT_LOGGED_IN = {
    "error": "unauthenticated",
    "error_description": "This action requires authentication to continue.",
}
_NO_TOKEN = "invalid_token: The request token failed to authenticate or validate."  # noqa: S105
_UNAUTHORIZED = "The server could not verify that you are authorized to access the URL requested."


class Refused(Exception):
    """Why a request is not done; `value` is shown as text."""

    def __init__(
        self, errno: int, message: str, field: str = "", object: str = "", value: Any = "", *, status: int = 422
    ) -> None:
        super().__init__(f"{errno} {message}")
        self.errno, self.message, self.field, self.object = errno, message, field, object
        self.value, self.status = value, status


class Injected(Refused):
    """A refusal that a fault asked for."""


def missing(field: str, object: str) -> Refused:
    """1001."""
    return Refused(1001, f"The required field '{field}' is missing.", field, object)


def denied(message: str = "Permission Denied") -> Refused:
    """1003, with HTTP 403."""
    return Refused(1003, message, status=403)


def invalid(field: str, object: str, value: Any, message: str) -> Refused:
    """1004."""
    return Refused(1004, message, field, object, value)


def gone(field: str, object: str, value: Any) -> Refused:
    """1011."""
    return Refused(1011, f"{object.capitalize()} is deleted.", field, object, value)


def unknown(field: str, object: str, value: Any, status: int = 404) -> Refused:
    """1012."""
    return Refused(1012, f"{object.replace('_', ' ').capitalize()} not found.", field, object, value, status=status)


def read_only(field: str, object: str) -> Refused:
    """1038, with HTTP 403."""
    return Refused(1038, "Write access denied", field, object, status=403)


def accounting(refused: Refused, *, new: bool) -> Reply:
    """Envelope (a), or (b) when `new`."""
    value = "" if refused.value is None else str(refused.value)
    if new:
        metadata = {"object": refused.object, "message": refused.message, "value": value, "field": refused.field}
        detail = {
            "@type": _INFO,
            "reason": str(refused.errno),
            "domain": "accounting.api.freshbooks.com",
            "metadata": metadata,
        }
        body: dict[str, Any] = {
            "code": _GRPC.get(refused.status, 2),
            "message": f"Request failed with status_code: {refused.status}",
            "details": [detail],
        }
        return Reply.json(body, refused.status)
    error = {
        "errno": refused.errno,
        "field": refused.field,
        "message": refused.message,
        "object": refused.object,
        "value": value,
    }
    return Reply.json({"response": {"errors": [error]}}, refused.status)


def events(refused: Refused, *, new: bool) -> Reply:
    """Shape (c); errno is the HTTP status."""
    if new and refused.status == 422:
        violation = {"field": refused.field, "description": refused.message}
        detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
        return Reply.json({"code": 3, "message": "Request is invalid.", "details": [detail]}, 422)
    if refused.status == 422:
        details = [f"{refused.field}: {refused.message}"]
        return Reply.json({"errno": 422, "message": "Validation failed.", "details": details}, 422)
    return Reply.json({"errno": refused.status, "message": refused.message}, refused.status)


def ledger(refused: Refused) -> Reply:
    """Shape (d)."""
    reason = f"{refused.field}: {refused.message}" if refused.field else refused.message
    detail = {"reason": reason, "metadata": {"message": refused.message, "field": refused.field or None}}
    message = f"Request failed with status code {refused.status}"
    return Reply.json({"errors": {"message": message, "status": refused.status, "details": [detail]}}, refused.status)


def business(refused: Refused) -> Reply:
    """Shape (e)."""
    if refused.status == 404:
        return Reply.json({"error": "Requested resource could not be found."}, 404)
    if refused.field:
        return Reply.json({"errno": 2001, "error": {refused.field: refused.message}}, refused.status)
    return Reply.json({"message": refused.message}, refused.status)


def by_family(refused: Refused, family: str, *, new: bool, new_events: bool) -> Reply:
    """The refusal in the shape of its family."""
    if family == "events":
        return events(refused, new=new_events)
    if family == "ledger":
        return ledger(refused)
    if family == "business":
        return business(refused)
    return accounting(refused, new=new)


def not_logged_in(family: str, wording: str, *, new: bool) -> Reply:
    """401 of a token that does not work; `wording` is the switch `accounting_401`."""
    if family == "events" or (family == "accounting" and wording == "flat"):
        return Reply.json({"errno": 401, "message": _NO_TOKEN}, 401)
    if family == "accounting" and wording == "envelope":
        return accounting(Refused(1003, _UNAUTHORIZED, status=401), new=new)
    return Reply.json(_NOT_LOGGED_IN, 401)
