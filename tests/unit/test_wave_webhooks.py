"""Wave's deliveries: only what this app's secret signed a moment ago is believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wave_factories import BUSINESS, ESTIMATE, INVOICE, UUID

from ledgerport.contract import Broken, ChangeNotice, Refused
from ledgerport_sandbox.switches import Switches
from ledgerport_wave import webhooks
from ledgerport_wave_sandbox.office import pack
from ledgerport_wave_sandbox.switches import SWITCHES

SECRET = "whsec-test"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
PAID = {
    "event_id": "evt-1",
    "event_type": "invoice.paid",
    "business_id": UUID,
    "invoice_id": 1900000000000000001,
    "created_at": "2026-09-01T11:59:58Z",
}


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


def signature(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> str:
    moment = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def read(told: Any, header: str | None = None, *, at: datetime = NOW) -> list[ChangeNotice]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    given = signature(body, at=at) if header is None else header
    return webhooks.read({"x-wave-signature": given}, body, SECRET, Stopped())


def test_a_paid_invoice_is_told_with_ids_that_the_api_takes() -> None:
    (notice,) = read(PAID)
    assert (notice.event_id, notice.kind, notice.company_id, notice.remote_id) == (
        "evt-1",
        "invoice",
        BUSINESS,
        INVOICE,
    )
    assert notice.at == datetime(2026, 9, 1, 11, 59, 58, tzinfo=UTC)
    assert not notice.deleted


@pytest.mark.parametrize("members", ["snake", "camel"])
def test_a_delivery_of_the_sandbox_is_read_however_its_members_are_spelled(members: str) -> None:
    (notice,) = webhooks.read(*delivery(webhook_members=members), SECRET, Stopped())
    assert (notice.event_id, notice.company_id, notice.remote_id, notice.at) == ("evt-9", BUSINESS, INVOICE, NOW)


def test_a_delivery_of_the_sandbox_in_the_older_form_is_refused() -> None:
    with pytest.raises(Refused):
        webhooks.read(*delivery(webhook_signature="raw"), SECRET, Stopped())


def delivery(**switches: str) -> tuple[dict[str, str], bytes]:
    """One of the sandbox's own."""
    chosen = Switches(SWITCHES)
    chosen.set(switches)
    event = {"event": "invoice.created", "id": INVOICE, "at": NOW.timestamp(), "uuid": "evt-9"}
    body, headers = pack([event], SECRET, NOW.timestamp(), chosen)
    return headers, body


def test_an_estimate_in_an_inner_object_is_told_too() -> None:
    told = {"id": "e", "type": "estimate.deleted", "data": {"businessId": UUID, "estimateId": "1900000000000000002"}}
    (notice,) = read(told)
    assert (notice.kind, notice.remote_id, notice.deleted, notice.at) == ("estimate", ESTIMATE, True, NOW)


def test_ids_that_are_the_apis_already_stay_as_they_are() -> None:
    (notice,) = read({**PAID, "business_id": BUSINESS, "invoice_id": INVOICE})
    assert (notice.company_id, notice.remote_id) == (BUSINESS, INVOICE)


def test_a_delivery_without_an_id_has_the_same_one_on_a_repeat() -> None:
    told = {name: value for name, value in PAID.items() if name != "event_id"}
    first, second = read(told), read(told, at=NOW + timedelta(minutes=1))
    assert first[0].event_id == second[0].event_id


def test_an_event_of_something_else_is_no_change() -> None:
    assert read({**PAID, "event_type": "checkout.completed"}) == []


@pytest.mark.parametrize("told", [b"not json", b"[1]", {"event_type": "invoice.paid"}])
def test_a_signed_body_that_is_no_event_is_broken(told: Any) -> None:
    with pytest.raises(Broken):
        read(told)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_delivery_of_another_time_is_refused(minutes: int) -> None:
    with pytest.raises(Refused, match="five minutes"):
        read(PAID, at=NOW + timedelta(minutes=minutes))


def test_the_older_form_that_signs_the_body_alone_is_refused() -> None:
    body = json.dumps(PAID).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for header in (digest, f"v1={digest}"):
        with pytest.raises(Refused):
            read(body, header)


def test_one_of_two_signatures_is_enough_while_the_secret_is_changed() -> None:
    body = json.dumps(PAID).encode()
    old = signature(body, secret="the-next-one").partition(",")[2]
    assert read(body, f"{signature(body)},{old}")
    moment, _, right = signature(body).partition(",")
    assert read(body, f"{moment},{old},{right}")


def test_a_changed_moment_breaks_the_signature() -> None:
    body = json.dumps(PAID).encode()
    _, _, digest = signature(body, at=NOW - timedelta(hours=1)).partition(",")
    with pytest.raises(Refused):
        read(body, f"t={int(NOW.timestamp())},{digest}")


def test_without_a_secret_nothing_is_believed() -> None:
    body = json.dumps(PAID).encode()
    with pytest.raises(Refused):
        webhooks.read({"x-wave-signature": signature(body, secret="")}, body, "", Stopped())


@given(st.text(max_size=60))
def test_no_header_that_is_not_our_signature_is_believed(header: str) -> None:
    with pytest.raises(Refused):
        read(PAID, header)


@given(st.binary(min_size=1, max_size=8), st.integers(min_value=0))
def test_a_body_changed_on_the_way_is_refused(other: bytes, place: int) -> None:
    body = json.dumps(PAID).encode()
    at = place % len(body)
    changed = body[:at] + other + body[at + len(other) :]
    if changed != body:
        with pytest.raises(Refused):
            read(changed, signature(body))
