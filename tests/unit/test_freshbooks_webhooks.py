"""FreshBooks' callbacks: registering, the handshake, and signatures over what Python would print."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.freshbooks_factories import ACCOUNT, Wire, many, old_error, one

from ledgerport.contract import Broken, LoginNeeded, Refused
from ledgerport_freshbooks import hooks

VERIFIER = "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd"
ADDRESS = "https://hub.example/webhooks/freshbooks"
BODY = b"name=invoice.create&object_id=1234567&account_id=6BApk&business_id=6543&identity_id=1234&user_id=1"
# Written by hand, as the vendor's guide shows it: a blank after every colon and comma.
SAID = (
    '{"name": "invoice.create", "object_id": "1234567", "account_id": "6BApk", '
    '"business_id": "6543", "identity_id": "1234", "user_id": "1"}'
)
EVENTS = f"/events/account/{ACCOUNT}/events/callbacks"


def signature(said: str, key: str = VERIFIER) -> str:
    return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def read(body: bytes = BODY, said: str = SAID, secret: str = VERIFIER) -> Any:
    return hooks.read_webhook(headers={"x-freshbooks-hmac-sha256": signature(said)}, body=body, secret=secret)


def test_a_delivery_says_which_record_changed() -> None:
    (notice,) = read()
    assert (notice.kind, notice.remote_id, notice.company_id, notice.deleted) == ("invoice", "1234567", "6BApk", False)
    assert notice.at.tzinfo is not None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("client.update", "customer"), ("item.create", "item"), ("payment.delete", "payment"), ("estimate", "estimate")],
)
def test_a_noun_is_a_kind_of_ours_and_its_verb_tells_a_deletion(name: str, kind: str) -> None:
    body, said = BODY.replace(b"invoice.create", name.encode()), SAID.replace("invoice.create", name)
    (notice,) = read(body, said)
    assert (notice.kind, notice.deleted) == (kind, name.endswith("delete"))


def test_a_noun_that_we_do_not_keep_is_no_change() -> None:
    assert read(BODY.replace(b"invoice", b"expense"), SAID.replace("invoice", "expense")) == []


def test_two_deliveries_that_look_the_same_are_two_changes() -> None:
    assert read()[0].event_id != read()[0].event_id


def test_any_of_the_connections_verifiers_may_have_signed() -> None:
    assert read(secret=f"another-one\n{VERIFIER}")


@pytest.mark.parametrize(
    ("body", "said", "secret"),
    [
        (BODY, SAID.replace(": ", ":"), VERIFIER),
        (BODY, BODY.decode(), VERIFIER),
        (BODY.replace(b"1234567", b"1234568"), SAID, VERIFIER),
        (BODY, SAID, "another-verifier"),
        (BODY, SAID, ""),
        (b"user_id=1&" + BODY.removesuffix(b"&user_id=1"), SAID, VERIFIER),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(body: bytes, said: str, secret: str) -> None:
    with pytest.raises(Refused):
        read(body, said, secret)


def test_a_delivery_without_a_signature_is_refused() -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers={}, body=BODY, secret=VERIFIER)


def test_a_signed_delivery_without_an_object_is_broken() -> None:
    with pytest.raises(Broken):
        read(b"name=invoice.create", '{"name": "invoice.create"}')


def test_names_outside_ascii_are_signed_as_python_escapes_them() -> None:
    body = urlencode({"name": "client.update", "object_id": "7", "account_id": "6BApk", "note": "Zoë"}).encode()
    said = '{"name": "client.update", "object_id": "7", "account_id": "6BApk", "note": "Zo\\u00eb"}'
    assert read(body, said)[0].remote_id == "7"


@given(st.binary(max_size=80), st.text(max_size=20))
def test_no_stranger_gets_in(body: bytes, given_signature: str) -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"x-freshbooks-hmac-sha256": given_signature}, body=body, secret=VERIFIER)


# --- registering and the handshake ------------------------------------------------------------------------------------


def callback(id: int, event: str, *, verified: bool = True, uri: str = ADDRESS) -> dict[str, Any]:
    return {"callbackid": id, "event": event, "uri": uri, "verified": verified}


def test_each_noun_is_registered_once() -> None:
    made = [one("callback", **callback(id, "x", verified=False)) for id in range(1, 6)]
    wire = Wire([many("callbacks"), *made])
    assert hooks.register_webhook(account=wire.account(), address=ADDRESS) == ["1", "2", "3", "4", "5"]
    posts = wire.requests[1:]
    assert {(request.method, request.path) for request in posts} == {("POST", EVENTS)}
    assert [request.json["callback"]["event"] for request in posts] == [
        "client",
        "item",
        "invoice",
        "estimate",
        "payment",
    ]
    assert {request.json["callback"]["uri"] for request in posts} == {ADDRESS}


def test_what_is_registered_already_is_kept_and_asked_for_once_more_when_its_handshake_was_missed() -> None:
    there = [
        callback(1, "client"),
        callback(2, "item", verified=False),
        callback(3, "invoice"),
        callback(4, "estimate"),
        callback(9, "payment", uri="https://other.example/hook"),
    ]
    wire = Wire([many("callbacks", *there), one("callback", **there[1]), one("callback", **callback(5, "payment"))])
    assert hooks.register_webhook(account=wire.account(), address=ADDRESS) == ["1", "2", "3", "4", "5"]
    again, new = wire.requests[1:]
    assert (again.method, again.path, again.json) == ("PUT", f"{EVENTS}/2", {"callback": {"resend": True}})
    assert new.json == {"callback": {"event": "payment", "uri": ADDRESS}}


def test_a_bare_noun_that_is_refused_is_registered_verb_by_verb() -> None:
    refused = (422, {"errno": 422, "message": "bad", "details": ["event: Value error, Unrecognized event."]})
    verbs = [one("callback", **callback(id, "x")) for id in (1, 2, 3)]
    others = [one("callback", **callback(id, "x")) for id in (4, 5, 6, 7)]
    wire = Wire([many("callbacks"), refused, *verbs, *others])
    assert len(hooks.register_webhook(account=wire.account(), address=ADDRESS)) == 7
    events = [request.json["callback"]["event"] for request in wire.requests[1:]]
    assert events[:4] == ["client", "client.create", "client.update", "client.delete"]


def test_registering_without_the_right_to_ends_at_once() -> None:
    wire = Wire([many("callbacks"), old_error(1003, status=403)])
    with pytest.raises(LoginNeeded, match="reconnect"):
        hooks.register_webhook(account=wire.account(), address=ADDRESS)
    assert len(wire.requests) == 2


def test_the_handshake_is_answered_and_its_verifier_is_the_secret() -> None:
    body = urlencode({"name": "callback.verify", "object_id": "12", "account_id": ACCOUNT, "verifier": VERIFIER})
    wire = Wire([one("callback", **callback(12, "client"))])
    secret = hooks.confirm_webhook(account=wire.account(), body=body.encode())
    assert secret is not None
    assert secret.get_secret_value() == VERIFIER
    (request,) = wire.requests
    assert (request.method, request.path) == ("PUT", f"{EVENTS}/12")
    assert request.json == {"callback": {"verifier": VERIFIER}}


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        b"",
        b"\xff\xfe",
        b"verifier=abc",
        b"verifier=abc&object_id=12/../7",
        b"verifier=abc&object_id=12&account_id=OTHER",
    ],
)
def test_what_is_no_handshake_of_this_account_is_left_alone(body: bytes) -> None:
    wire = Wire([])
    assert hooks.confirm_webhook(account=wire.account(), body=body) is None
    assert wire.requests == []


def test_a_verifier_that_freshbooks_does_not_know_gives_no_secret() -> None:
    body = b"object_id=12&verifier=made-up-by-a-stranger"
    wire = Wire([(422, {"errno": 422, "message": "verifier: wrong"})])
    with pytest.raises(Refused):
        hooks.confirm_webhook(account=wire.account(), body=body)
