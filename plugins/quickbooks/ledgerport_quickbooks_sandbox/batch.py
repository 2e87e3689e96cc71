"""Batch (section 5): up to 30 items, each with its own answer, HTTP 200 whatever happens to them."""

from __future__ import annotations

from typing import Any

import orjson

from ledgerport_quickbooks_sandbox import reading
from ledgerport_quickbooks_sandbox.refusals import Refused, business
from ledgerport_quickbooks_sandbox.replay import SINGLE_MAXIMUM, Replays
from ledgerport_quickbooks_sandbox.state import Books
from ledgerport_quickbooks_sandbox.writing import WRITABLE, write
from ledgerport_sandbox.calls import Call

MAXIMUM = 30
_OPERATIONS = frozenset({"create", "update", "delete"})


def run(books: Books, call: Call, data: Any, replays: Replays) -> list[dict[str, Any]]:
    """The answers, in the order of the items. Raises Refused when the batch as a whole is wrong."""
    items = data.get("BatchItemRequest") if isinstance(data, dict) else None
    if not isinstance(items, list) or not items:
        raise Refused("400", "Batch Request is Empty", message="MalformedRequest")
    if len(items) > MAXIMUM:
        # UNSURE: full text.
        raise Refused("1040", f"Batch size exceeds allowed limit: {len(items)} items, at most {MAXIMUM} are allowed")
    if call.fault is not None and call.fault.name == "refuse_batch":
        raise injected(call)
    books.batch = True
    # Queries see nothing of what the same batch writes, so they are answered first.
    looked = {
        index: _looked(books, item) for index, item in enumerate(items) if isinstance(item, dict) and "Query" in item
    }
    answers: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not isinstance(item.get("bId"), str | int):
            raise Refused("2010", "Property Name:bId specified is unsupported or invalid", "bId")
        body = looked[index] if index in looked else _written(books, call, index, item, replays)
        answers.append({**body, "bId": str(item["bId"])})
    return answers


def _looked(books: Books, item: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"QueryResponse": reading.query(books, str(item["Query"]))}
    except Refused as refused:
        return {"Fault": refused.fault()}


def _written(books: Books, call: Call, index: int, item: dict[str, Any], replays: Replays) -> dict[str, Any]:
    requestid = call.query.get("requestid")
    key = f"{requestid}{item['bId']}" if requestid else None
    kind = next((name for name in item if name in WRITABLE), None)
    operation = str(item.get("operation", "create"))
    about = f"batch {operation} {kind}"
    try:
        if key is not None:
            if len(key) > SINGLE_MAXIMUM:
                # Joined per item [JAVA-180].
                raise business("You cannot enter more than 50 characters in the request_id field")
            stored = replays.look(books, key, about)
            if stored is not None:
                answer: dict[str, Any] = orjson.loads(stored[1])
                return answer
    except Refused as refused:
        return {"Fault": refused.fault()}
    try:
        result = {str(kind): _one(books, call, index, item, kind, operation)}
    except Injected as refused:
        return {"Fault": refused.fault()}
    except Refused as refused:
        result = {"Fault": refused.fault()}
        if key is not None:
            replays.keep_fault(books, key, about, 400, orjson.dumps(result))
        return result
    if key is not None:
        replays.keep(books, key, about, 200, orjson.dumps(result))
    return result


def _one(
    books: Books, call: Call, index: int, item: dict[str, Any], kind: str | None, operation: str
) -> dict[str, Any]:
    if kind is None:
        raise Refused("500", "Operation on this entity is not supported.", kind="SystemFault")
    if struck(call, index, item[kind]):
        raise injected(call)
    if operation not in _OPERATIONS:
        raise Refused("2170", f"Invalid Enumeration : operation {operation}", "operation")
    include = frozenset(str(item.get("optionsData", "")).split(","))
    with books.store.transaction():
        return write(books, kind, item[kind], operation, include=include)


def struck(call: Call, index: int, record: Any) -> bool:
    """Does the fault `refuse_item` of this call mean this record?"""
    fault = call.fault
    if fault is None or fault.name != "refuse_item":
        return False
    name = fault.arguments.get("record")
    if name is not None:
        members = ("DisplayName", "Name", "DocNumber", "PaymentRefNum", "Id")
        return isinstance(record, dict) and any(record.get(member) == name for member in members)
    return bool(fault.arguments.get("index", 0) == index)


class Injected(Refused):
    """A refusal that a fault of the control routes asked for; it is not remembered for a requestid."""


def injected(call: Call) -> Injected:
    """The refusal a fault describes; 6000 by default."""
    assert call.fault is not None
    wish = call.fault.arguments
    code = str(wish.get("code", "6000"))
    detail = str(wish.get("detail", "Business Validation Error: refused on request of the sandbox's control routes"))
    message = wish.get("message") or Refused.message_of(code)
    return Injected(code, detail, "", message=str(message))
