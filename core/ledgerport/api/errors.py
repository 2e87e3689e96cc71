"""Every error as `application/problem+json`, by one table.

A problem has `title` (what kind), `detail` (the sentence for people), `status`, and, where they are known, `kind` and
`ref` of the record, `field`, and `next_step`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as StarletteHTTPException

from ledgerport.contract import (
    Broken,
    ContractError,
    Gone,
    LoginNeeded,
    NameTaken,
    Refused,
    Stale,
    TryLater,
    Unknown,
)
from ledgerport.services.api_keys import KeyRefused
from ledgerport.services.memory.unavailable import MemoryUnavailable
from ledgerport.services.rejections import BadChoice, Conflict, NotFound, RecordRejected, from_validation

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_RETRY = {"Retry-After": "5"}
_KIND_OF = {
    "customers": "customer",
    "items": "item",
    "invoices": "invoice",
    "estimates": "estimate",
    "payments": "payment",
}


class Problem(BaseModel):
    """What went wrong, in words and for programs."""

    type: str
    title: str
    status: int
    detail: str
    kind: str = ""
    ref: str = ""
    field: str = ""
    next_step: str = ""
    trace_id: str = ""


class Forbidden(Exception):
    """The key is good, but not for this."""


class TooLarge(HTTPException):
    """The body is longer than this address takes."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"The request is longer than the {most:,} bytes that this address takes.")


# The contract's branches, each with its status and title.
_CONTRACT: Mapping[type[ContractError], tuple[int, str]] = {
    TryLater: (503, "The provider cannot answer now"),
    LoginNeeded: (409, "Reconnect required"),
    NameTaken: (409, "The name is taken"),
    Stale: (409, "It changed over there meanwhile"),
    Refused: (422, "The provider refuses it"),
    Gone: (410, "It was deleted over there"),
    Unknown: (504, "The provider did not answer"),
    Broken: (502, "The provider's answer makes no sense"),
}


def problem(status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """One problem as a response."""
    slug = title.lower().replace("'", "").replace(" ", "-")
    body = Problem(type=f"urn:ledgerport:problem:{slug}", title=title, status=status, detail=detail, **more)
    shown = body.model_dump(exclude_defaults=True)
    return JSONResponse(shown, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Give the app its one table of errors."""
    table: Mapping[Any, Callable[[Request, Any], Response]] = {
        RecordRejected: _rejected,
        RequestValidationError: _invalid,
        BadChoice: _bad_choice,
        NotFound: lambda _request, error: problem(404, "Not found", str(error)),
        Conflict: lambda _request, error: problem(
            409, "Not possible as things stand", error.reason, next_step=error.next_step
        ),
        KeyRefused: lambda _request, error: problem(
            401, "No valid API key", str(error), headers={"WWW-Authenticate": "Bearer"}
        ),
        Forbidden: lambda _request, error: problem(403, "Not allowed with this key", str(error)),
        ContractError: _contract,
        MemoryUnavailable: _memory,
        OperationalError: _database,
        PoolTimeout: _database,
        StarletteHTTPException: _http,
        Exception: _fault,
    }
    for error, answer in table.items():
        app.add_exception_handler(error, answer)


def _rejected(_request: Request, error: RecordRejected) -> Response:
    told = error.rejected
    return problem(
        422,
        "Record not accepted",
        told.reason,
        kind=told.kind,
        ref=told.ref,
        field=told.field,
        next_step=told.next_step,
    )


def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        return problem(400, "Not JSON", "The body is not JSON.", field="body")
    place = str(errors[0]["loc"][0])
    if place == "body":
        noun = request.url.path.removeprefix("/v1/").split("/")[0]
        kind = _KIND_OF.get(noun, "") if request.method == "PUT" else ""
        told = from_validation(kind, str(request.path_params.get("ref", "")) if kind else "", errors)
        return problem(
            422,
            "Record not accepted" if kind else "Request not accepted",
            told.reason,
            kind=told.kind,
            ref=told.ref,
            field=told.field,
            next_step=told.next_step,
        )
    told = from_validation("", "", [{**each, "loc": each["loc"][1:]} for each in errors])
    detail = told.reason.replace("This record: ", f"In the {place}: ")
    return problem(422, "Request not accepted", detail, field=told.field, next_step="Correct it and ask again.")


def _bad_choice(_request: Request, error: BadChoice) -> Response:
    return problem(422, "Request not accepted", error.reason, field=error.field, next_step=error.next_step)


def _contract(request: Request, error: ContractError) -> Response:
    status, title = next(told for branch, told in _CONTRACT.items() if isinstance(error, branch))
    headers: dict[str, str] = {}
    if isinstance(error, TryLater):
        wait = error.after or timedelta(seconds=5)
        if error.at is not None:
            wait = error.at - request.app.state.hub.clock.now()
        headers["Retry-After"] = str(max(1, round(wait.total_seconds())))
    field = error.field if isinstance(error, (Refused, NameTaken)) else ""
    return problem(status, title, error.reason, headers=headers, field=field, trace_id=error.trace_id)


def _memory(_request: Request, error: MemoryUnavailable) -> Response:
    wait = error.after or timedelta(seconds=5)
    headers = {"Retry-After": str(max(1, round(wait.total_seconds())))}
    return problem(503, "The memory does not answer", error.reason, headers=headers, next_step=error.next_step)


def _database(_request: Request, error: Exception) -> Response:
    log.warning("database not available: %s", type(error).__name__)
    return problem(
        503,
        "The database does not answer",
        "The hub's database does not answer now.",
        headers=_RETRY,
        next_step="Ask again.",
    )


def _http(request: Request, error: StarletteHTTPException) -> Response:
    if error.status_code == 404:
        return problem(404, "Not found", f"There is nothing at {request.url.path}.")
    if error.status_code == 405:
        return problem(405, "Method not allowed", f"{request.method} is not offered here.", headers=error.headers)
    titles = {400: "Not JSON", 413: "Too large"}
    return problem(
        error.status_code, titles.get(error.status_code, "Refused"), str(error.detail), headers=error.headers
    )


def _fault(_request: Request, error: Exception) -> Response:
    """A fault of ours: the words name a number that stands beside it in the log, and nothing of the request."""
    number = secrets.token_hex(4)
    log.error("fault %s: %s", number, type(error).__name__, exc_info=error)
    return problem(
        500,
        "A fault in the hub",
        f"This request met a fault in the hub; the log tells of it as {number}.",
        next_step="Tell your operator this number.",
    )
