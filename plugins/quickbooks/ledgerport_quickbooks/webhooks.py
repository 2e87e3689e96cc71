"""Deliveries: verified over their raw bytes, then parsed. CloudEvents (since 2026) and the older form. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerport.contract import Broken, ChangeNotice, Refused

_SIGNATURE = "intuit-signature"


def read(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:
    """The changes a delivery tells of; one delivery may tell of several companies.

    `secret` is the app's verifier token, not the client secret. Refused when the signature does not fit; Broken when
    a signed body is none of the two forms.
    """
    if not secret:
        raise Refused("There is no verifier token to check QuickBooks' deliveries with.")
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = headers.get(_SIGNATURE, "").strip().encode("utf-8", "replace")
    if not hmac.compare_digest(expected, given):
        raise Refused("The delivery is not signed with this app's verifier token.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken("A signed delivery is no JSON.") from error
    try:
        return list(_notices(told))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Broken(f"A signed delivery has neither of QuickBooks' forms: {type(error).__name__} {error}.") from error


def _notices(told: Any) -> Iterator[ChangeNotice]:
    if isinstance(told, dict) and "eventNotifications" in told:
        for company in told["eventNotifications"]:
            for entity in company.get("dataChangeEvent", {}).get("entities", ()):
                yield from _legacy(str(company["realmId"]), entity)
        return
    for event in [told] if isinstance(told, dict) else told:
        yield from _cloud_event(event)


def _cloud_event(event: Mapping[str, Any]) -> Iterator[ChangeNotice]:
    """`type` is `qbo.<entity>.<created|updated|deleted|merged|voided|emailed>.v1`; other types are no changes of
    objects.
    """
    words = str(event["type"]).split(".")
    if len(words) < 4 or words[0] != "qbo":
        return
    kind, operation = words[1].lower(), words[2].lower()
    company_id, at = str(event["intuitaccountid"]), _moment(event["time"])
    yield ChangeNotice(
        event_id=str(event["id"]),
        company_id=company_id,
        kind=kind,
        remote_id=str(event["intuitentityid"]),
        at=at,
        deleted=operation == "deleted",
    )
    data = event.get("data")
    absorbed = data.get("deletedId") if isinstance(data, dict) else None
    if operation == "merged" and absorbed:
        yield ChangeNotice(
            event_id=f"{event['id']}:merged",
            company_id=company_id,
            kind=kind,
            remote_id=str(absorbed),
            at=at,
            deleted=True,
        )


def _legacy(company_id: str, entity: Mapping[str, Any]) -> Iterator[ChangeNotice]:
    """Deliveries of this form have no id: what they say is their id, the same on a repeat."""
    kind, operation = str(entity["name"]).lower(), str(entity["operation"]).lower()
    said = "|".join((company_id, kind, str(entity["id"]), operation, str(entity["lastUpdated"])))
    event_id = hashlib.sha256(said.encode()).hexdigest()
    at = _moment(entity["lastUpdated"])
    yield ChangeNotice(
        event_id=event_id,
        company_id=company_id,
        kind=kind,
        remote_id=str(entity["id"]),
        at=at,
        deleted=operation == "delete",
    )
    if operation == "merge" and entity.get("deletedId"):
        yield ChangeNotice(
            event_id=f"{event_id}:merged",
            company_id=company_id,
            kind=kind,
            remote_id=str(entity["deletedId"]),
            at=at,
            deleted=True,
        )


def _moment(words: str) -> datetime:
    """ISO 8601 with up to nanoseconds (cut to microseconds); without a zone it is UTC."""
    moment = datetime.fromisoformat(words)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
