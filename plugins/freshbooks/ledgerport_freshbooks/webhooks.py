"""Webhooks ("callbacks"): registering, the handshake, and deliveries, verified before they are read.

Each registration has a secret of its own, the `verifier` that FreshBooks sends to the address when it is made; it is
the key of all later deliveries for that registration. The hub registers one for each noun, so it holds several secrets;
`read` takes them separated by blanks or newlines.

The signature is over a Python `json.dumps` of the form's fields in the order received, not over the raw body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import SecretStr

from ledgerport.contract import Account, Broken, ChangeNotice, Kind, Refused, SystemClock
from ledgerport_freshbooks.client import CALLBACKS, Client, client_for
from ledgerport_freshbooks.mapping.wire import id_of, text

_SIGNATURE = "x-freshbooks-hmac-sha256"
_NOUNS = {
    "client": Kind.CUSTOMER,
    "item": Kind.ITEM,
    "invoice": Kind.INVOICE,
    "estimate": Kind.ESTIMATE,
    "payment": Kind.PAYMENT,
}
_VERBS = ("create", "update", "delete")
_CLOCK = SystemClock()


def register(account: Account, address: str) -> list[str]:
    """Ask for deliveries of every kind we know: the ids of the registrations.

    What is registered for the address already is kept; where its handshake was missed it is asked for once more.
    Refused for an address that FreshBooks does not take.
    """
    client = client_for(account.http, account.company)
    known = {
        text(row, "event"): row
        for row in client.everything(CALLBACKS)
        if text(row, "uri").rstrip("/") == address.rstrip("/")
    }
    ids: list[str] = []
    for noun in _NOUNS:
        ids += _registered(client, noun, address, known)
    return ids


def confirm(account: Account, body: bytes) -> SecretStr | None:
    """Answer the handshake of one registration: its secret. None when a delivery is none."""
    fields = dict(_fields(body))
    verifier, callback = fields.get("verifier", ""), fields.get("object_id", "")
    if not verifier or not callback.isdigit():
        return None
    if fields.get("account_id", account.company.id) != account.company.id:
        return None
    client_for(account.http, account.company).update(CALLBACKS, callback, {"verifier": verifier})
    return SecretStr(verifier)


def read(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:
    """The change a delivery tells of: that something changed, not what. Refused when no secret fits the signature;
    Broken when a signed body names no object.

    A delivery has neither an id nor a moment, and two changes of one object look the same, so each delivery gets an id
    of its own: a repeated one costs a look, a change taken for a repetition would be lost.
    """
    fields = _fields(body)
    # Python's own spacing, and ASCII: that is how FreshBooks writes it down before it signs.
    said = json.dumps(dict(fields)).encode()
    given = headers.get(_SIGNATURE, "").strip().encode("utf-8", "replace")
    secrets = secret.split()
    if not secrets:
        raise Refused("There is no verifier to check FreshBooks' deliveries with: register them anew.")
    if not any(hmac.compare_digest(_signature(key, said), given) for key in secrets):
        raise Refused("The delivery is not signed with a verifier of this connection.")
    told = dict(fields)
    noun, _, verb = told.get("name", "").partition(".")
    if not told.get("object_id") or not told.get("account_id"):
        raise Broken("A signed delivery names no object or no account.")
    if noun not in _NOUNS:
        return []
    return [
        ChangeNotice(
            event_id=uuid.uuid4().hex,
            company_id=told["account_id"],
            kind=_NOUNS[noun],
            remote_id=told["object_id"],
            at=_CLOCK.now(),
            deleted=verb == "delete",
        )
    ]


def _registered(client: Client, noun: str, address: str, known: Mapping[str, Mapping[str, object]]) -> list[str]:
    """A bare noun stands for all its verbs; where FreshBooks does not take it so, each verb is registered."""
    try:
        return [_one(client, noun, address, known)]
    except Refused as error:
        if error.code != "422":
            raise
    return [_one(client, f"{noun}.{verb}", address, known) for verb in _VERBS]


def _one(client: Client, event: str, address: str, known: Mapping[str, Mapping[str, object]]) -> str:
    row = known.get(event)
    if row is None:
        return id_of(client.create(CALLBACKS, {"event": event, "uri": address}), "callbackid", "id")
    callback = id_of(row, "callbackid", "id")
    if row.get("verified") is not True:
        client.update(CALLBACKS, callback, {"resend": True})
    return callback


def _fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _signature(secret: str, said: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest())
