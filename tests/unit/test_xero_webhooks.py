"""Xero's deliveries: nothing is believed before its signature fits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.xero_factories import CONTACT, TENANT

from ledgerport.contract import Broken, ChangeNotice, Refused
from ledgerport_xero import hooks

KEY = "o5Kdq6Vh2Z0/signing+key=="
EVENT = {
    "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{CONTACT}",
    "resourceId": CONTACT,
    "eventDateUtc": "2026-08-03T01:15:39.902",
    "eventType": "UPDATE",
    "eventCategory": "CONTACT",
    "tenantId": TENANT,
    "tenantType": "ORGANISATION",
}


def signature(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def delivery(*events: dict[str, Any]) -> bytes:
    told = {"events": list(events), "lastEventSequence": 1, "firstEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"}
    return json.dumps(told).encode()


def read(body: bytes, *, key: str = KEY) -> list[ChangeNotice]:
    return hooks.read_webhook(headers={"x-xero-signature": signature(body, key)}, body=body, secret=KEY)


def test_an_event_tells_organisation_object_and_moment() -> None:
    (notice,) = read(delivery(EVENT))
    assert (notice.company_id, notice.kind, notice.remote_id) == (TENANT, "customer", CONTACT)
    assert notice.at == datetime(2026, 8, 3, 1, 15, 39, 902000, tzinfo=UTC)


def test_one_delivery_may_tell_of_several_organisations_and_kinds() -> None:
    other = {**EVENT, "tenantId": "other", "eventCategory": "INVOICE"}
    credit = {**EVENT, "eventCategory": "CREDITNOTE", "data": {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"}}
    notices = read(delivery(EVENT, other, credit))
    assert [(notice.company_id, notice.kind) for notice in notices] == [
        (TENANT, "customer"),
        ("other", "invoice"),
        (TENANT, "creditnote"),
    ]


def test_a_repeated_event_has_the_same_id_and_a_later_one_another() -> None:
    later = {**EVENT, "eventDateUtc": "2026-08-03T01:15:39.903"}
    first, again, other = (read(delivery(event))[0].event_id for event in (EVENT, EVENT, later))
    assert first == again
    assert first != other


def test_the_intent_to_receive_tells_nothing_and_is_accepted_only_when_it_is_well_signed() -> None:
    body = delivery()
    assert read(body) == []
    with pytest.raises(Refused):
        read(body, key="not the key")


def test_a_body_that_was_written_anew_does_not_fit_its_signature() -> None:
    spaced = delivery(EVENT)
    dense = json.dumps(json.loads(spaced), separators=(",", ":")).encode()
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"x-xero-signature": signature(spaced)}, body=dense, secret=KEY)


@pytest.mark.parametrize("headers", [{}, {"x-xero-signature": ""}, {"x-xero-signature": "ünïcode"}])
def test_a_delivery_without_a_true_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers=headers, body=delivery(EVENT), secret=KEY)


def test_without_a_key_nothing_is_accepted() -> None:
    body = delivery(EVENT)
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"x-xero-signature": signature(body, "")}, body=body, secret="")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events": [1]}', b'{"events": [{}]}', b'{"other": 1}', b"{"])
def test_a_signed_body_of_another_form_is_broken(body: bytes) -> None:
    with pytest.raises(Broken):
        read(body)


@given(body=st.binary(max_size=200), given=st.text(max_size=60))
def test_no_guess_is_a_signature(body: bytes, given: str) -> None:
    if given.strip() == signature(body):
        return
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"x-xero-signature": given}, body=body, secret=KEY)
