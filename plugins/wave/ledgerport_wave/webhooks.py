"""Deliveries: verified over their raw bytes, then parsed. Pure, but for the clock that tells an old one.

Wave tells of invoices and estimates only. The names of events and members are not documented, so several spellings
are read; ids come raw (a uuid, a number) and are made into those that the API takes. Whatever a delivery says is a
hint: the hub reads the object.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ledgerport.contract import Broken, ChangeNotice, Clock, Refused, SystemClock

_SIGNATURE = "x-wave-signature"
TOLERANCE = timedelta(minutes=5)
_OBJECTS = (("invoice", "Invoice"), ("estimate", "Estimate"))
_EVENT = ("event_type", "eventType", "event", "type", "topic", "name")
_EVENT_ID = ("event_id", "eventId", "delivery_id", "deliveryId", "id")
_BUSINESS = ("business_id", "businessId", "business")
_AT = ("occurred_at", "occurredAt", "created_at", "createdAt", "timestamp", "time")


def read(headers: Mapping[str, str], body: bytes, secret: str, clock: Clock | None = None) -> list[ChangeNotice]:
    """The change a delivery tells of; none for an event of something else.

    Signed as `t=<unix>,v1=<hex>`: v1 is HMAC-SHA256 over `<t>.<raw body>`. An older form without `t` signed the body
    alone; it is not accepted, for such a delivery could be repeated for ever. Refused when the signature does not fit
    or is older than five minutes; Broken when a signed body is no event.
    """
    if not secret:
        raise Refused("There is no signing secret to check Wave's deliveries with.")
    at = _signed_at(headers.get(_SIGNATURE, ""), body, secret)
    if abs((clock or SystemClock()).now() - at) > TOLERANCE:
        raise Refused("The delivery was signed more than five minutes ago.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken("A signed delivery is no JSON.") from error
    if not isinstance(told, dict):
        raise Broken("A signed delivery is no event of Wave's.")
    return _notices(told, body, at)


def global_id(business: str, name: str = "", raw: str = "") -> str:
    """The id that the API takes: base64 of `Business:<uuid>` or `Business:<uuid>;Invoice:<number>`."""
    words = f"Business:{business}" + (f";{name}:{raw}" if name else "")
    return base64.b64encode(words.encode()).decode()


def _signed_at(signature: str, body: bytes, secret: str) -> datetime:
    parts = [part.strip().partition("=") for part in signature.split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    expected = hmac.new(secret.encode(), moment.encode("utf-8", "replace") + b"." + body, hashlib.sha256).hexdigest()
    given = [value for name, _, value in parts if name == "v1"]
    # While a secret is changed there may be two signatures.
    fits = [hmac.compare_digest(expected.encode(), one.encode("utf-8", "replace")) for one in given]
    if not moment.isascii() or not moment.isdigit() or len(moment) > 11 or not any(fits):
        raise Refused("The delivery is not signed with this app's secret.")
    return datetime.fromtimestamp(int(moment), UTC)


def _notices(told: Mapping[str, Any], body: bytes, signed_at: datetime) -> list[ChangeNotice]:
    inner = told.get("data")
    rows = [told, inner] if isinstance(inner, dict) else [told]
    event = _first(rows, _EVENT).lower()
    kind, name = next(((kind, name) for kind, name in _OBJECTS if event.startswith(kind)), ("", ""))
    if not kind:
        return []
    business = _plain_business(_first(rows, _BUSINESS))
    raw = _first(rows, (f"{kind}_id", f"{kind}Id"))
    if not business or not raw:
        raise Broken(f"A signed delivery of '{event[:60]}' does not name its business and {kind}.")
    return [
        ChangeNotice(
            # Without an id of its own, what it says is its id: the same on a repeat, whenever that is signed.
            event_id=_first(rows[:1], _EVENT_ID) or hashlib.sha256(body).hexdigest(),
            company_id=global_id(business),
            kind=kind,
            remote_id=raw if _decoded(raw).startswith("Business:") else global_id(business, name, raw),
            at=_moment(_first(rows, _AT)) or signed_at,
            deleted=event.endswith(("deleted", "removed")),
        )
    ]


def _first(rows: list[Mapping[str, Any]], names: tuple[str, ...]) -> str:
    """The first member of these names that is text or a whole number."""
    for row in rows:
        for name in names:
            value = row.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
                return str(value)
    return ""


def _plain_business(given: str) -> str:
    """The business's uuid, also where it came as an id of the API."""
    return _decoded(given).partition(";")[0].removeprefix("Business:") or given


def _decoded(id: str) -> str:
    try:
        words = base64.b64decode(id, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return words if words.startswith("Business:") else ""


def _moment(words: str) -> datetime | None:
    try:
        if words.isascii() and words.isdigit():
            return datetime.fromtimestamp(int(words), UTC)
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
