"""Deliveries: verified over their raw bytes, then parsed. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerport.contract import Broken, ChangeNotice, Kind, Refused

_SIGNATURE = "x-xero-signature"
_KINDS = {"CONTACT": Kind.CUSTOMER, "INVOICE": Kind.INVOICE}


def read(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:
    """The changes a delivery tells of; one delivery may tell of several organisations.

    `secret` is the webhook's signing key, as text. The intent to receive is a delivery without events: well signed it
    is an empty list, wrongly signed (some are on purpose) Refused, which must become a 401. Broken when a signed body
    has not Xero's form.
    """
    if not secret:
        raise Refused("There is no signing key to check Xero's deliveries with.")
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = headers.get(_SIGNATURE, "").strip().encode("utf-8", "replace")
    if not hmac.compare_digest(expected, given):
        raise Refused("The delivery is not signed with this app's signing key.")
    try:
        return [_notice(event) for event in json.loads(body)["events"]]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Broken(f"A signed delivery has not Xero's form: {type(error).__name__}.") from error


def _notice(event: Mapping[str, Any]) -> ChangeNotice:
    """Events have no id: what they say is their id, the same on a repeat. Archived, void and deleted are updates."""
    category = str(event["eventCategory"])
    tenant, resource, told = str(event["tenantId"]), str(event["resourceId"]), str(event["eventDateUtc"])
    said = "|".join((tenant, category, resource, told, str(event["eventType"])))
    moment = datetime.fromisoformat(told)
    return ChangeNotice(
        event_id=hashlib.sha256(said.encode()).hexdigest(),
        company_id=tenant,
        kind=_KINDS.get(category.upper(), category.lower()),
        remote_id=resource,
        at=moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC),
    )
