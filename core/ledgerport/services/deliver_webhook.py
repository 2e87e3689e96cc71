"""One signed event to a tenant's host app.

`Ledgerport-Signature: t=<seconds since 1970>,v1=<hex>`, where the hex is HMAC-SHA256 over `<t>.<body>` with the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import orjson
from pydantic import SecretStr

from ledgerport.engine.exchange import Cut, exchange, make_client
from ledgerport.services.context import Hub
from ledgerport.services.deliver_email import NotDelivered

SIGNATURE = "Ledgerport-Signature"
# Real seconds.
_SECONDS = 10.0


class Event(NamedTuple):
    """What is told. `uid` stays the same in every repetition."""

    uid: str
    name: str
    tenant: str
    created_at: datetime
    data: Mapping[str, Any]


def send_event(hub: Hub, *, url: str, secret: SecretStr, event: Event) -> None:
    """One request; any 2xx says that it was taken. Raises NotDelivered. Redirects are not followed."""
    body = orjson.dumps(
        {
            "id": event.uid,
            "event": event.name,
            "tenant": event.tenant,
            "created_at": event.created_at.isoformat(),
            "data": dict(event.data),
        }
    )
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: sign(secret, int(hub.clock.now().timestamp()), body),
        "Ledgerport-Event": event.name,
        "Ledgerport-Event-Id": event.uid,
    }
    # Over the shared wire, which outlives this client: closing it would close the pool.
    client = make_client(hub.wire)
    try:
        answer = exchange(hub.wire, client.build_request("POST", url, content=body, headers=headers), _SECONDS)
    except Cut as cut:
        raise NotDelivered(f"Your app's answer was cut off: {cut}.") from cut
    except httpx.TimeoutException as error:
        raise NotDelivered(f"Your app did not answer within {_SECONDS:g} seconds.") from error
    except httpx.ConnectError as error:
        raise NotDelivered("Your app could not be reached: no connection could be made.") from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise NotDelivered("Your app did not answer: the connection broke.") from error
    if not answer.is_success:
        raise NotDelivered(f"Your app answered {answer.status_code}.")


def sign(secret: SecretStr, at: int, body: bytes) -> str:
    """The value of the signature header."""
    mac = hmac.new(secret.get_secret_value().encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"
