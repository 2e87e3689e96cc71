"""QuickBooks' deliveries: nothing is believed before its signature fits."""

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

from ledgerport.contract import Broken, ChangeNotice, Refused
from ledgerport_quickbooks import hooks

VERIFIER = "b1f7-verifier"
EVENT = {
    "specversion": "1.0",
    "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
    "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
    "type": "qbo.customer.created.v1",
    "time": "2026-09-10T21:31:25.179851517Z",
    "intuitentityid": "74",
    "intuitaccountid": "9130000000000001",
    "data": {},
}


def signature(body: bytes, key: str = VERIFIER) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def read(told: Any, *, key: str = VERIFIER) -> list[ChangeNotice]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return hooks.read_webhook(headers={"intuit-signature": signature(body, key)}, body=body, secret=VERIFIER)


def legacy(*entities: dict[str, str], realm: str = "310687") -> dict[str, Any]:
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": list(entities)}}]}


def test_a_cloud_event_tells_company_object_and_moment() -> None:
    (notice,) = read([EVENT])
    assert notice == ChangeNotice(
        event_id="88cd52aa-33b6-4351-9aa4-47572edbd068",
        company_id="9130000000000001",
        kind="customer",
        remote_id="74",
        at=datetime(2026, 9, 10, 21, 31, 25, 179851, tzinfo=UTC),
    )


def test_one_delivery_may_tell_of_several_companies() -> None:
    notices = read(
        [EVENT, {**EVENT, "id": "2", "intuitaccountid": "9130000000000002", "type": "qbo.invoice.deleted.v1"}]
    )
    assert [(notice.company_id, notice.kind, notice.deleted) for notice in notices] == [
        ("9130000000000001", "customer", False),
        ("9130000000000002", "invoice", True),
    ]


def test_a_void_is_a_change_and_no_deletion() -> None:
    (notice,) = read([{**EVENT, "type": "qbo.payment.voided.v1"}])
    assert not notice.deleted


def test_members_that_may_be_missing_may_be_missing() -> None:
    bare = {name: EVENT[name] for name in ("id", "type", "time", "intuitentityid", "intuitaccountid")}
    assert len(read([bare])) == 1


def test_an_event_about_no_object_is_no_change() -> None:
    assert read([{"type": "com.intuit.ping", "id": "1"}]) == []


def test_the_older_form_is_read_too() -> None:
    entity = {"name": "Customer", "id": "74", "operation": "Create", "lastUpdated": "2026-03-01T20:52:31.657Z"}
    (notice,) = read(legacy(entity))
    assert (notice.company_id, notice.kind, notice.remote_id, notice.deleted) == ("310687", "customer", "74", False)
    assert notice.at == datetime(2026, 3, 1, 20, 52, 31, 657000, tzinfo=UTC)


def test_a_repeat_of_the_older_form_has_the_same_event_id() -> None:
    entity = {"name": "Customer", "id": "74", "operation": "Update", "lastUpdated": "2026-03-01T20:52:31.657Z"}
    later = {**entity, "lastUpdated": "2026-03-01T20:52:32.000Z"}
    assert read(legacy(entity))[0].event_id == read(legacy(entity))[0].event_id
    assert read(legacy(entity))[0].event_id != read(legacy(later))[0].event_id


def test_a_merge_is_a_change_of_one_and_the_end_of_the_other() -> None:
    entity = {
        "name": "Vendor",
        "id": "7",
        "operation": "Merge",
        "deletedId": "8",
        "lastUpdated": "2026-03-01T20:52:31Z",
    }
    notices = read(legacy(entity))
    assert [(notice.remote_id, notice.deleted) for notice in notices] == [("7", False), ("8", True)]
    assert len({notice.event_id for notice in notices}) == 2


def test_another_key_is_refused() -> None:
    with pytest.raises(Refused):
        read([EVENT], key="the client secret")


def test_a_body_changed_by_one_blank_is_refused() -> None:
    body = json.dumps([EVENT]).encode()
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"intuit-signature": signature(body)}, body=body + b" ", secret=VERIFIER)


def test_a_delivery_without_a_signature_is_refused() -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers={}, body=b"[]", secret=VERIFIER)


def test_without_a_verifier_token_nothing_is_believed() -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"intuit-signature": signature(b"[]", "")}, body=b"[]", secret="")


@pytest.mark.parametrize(
    "told", [b"no json", [{**EVENT, "time": "yesterday"}], [{"type": "qbo.customer.created.v1"}], 7, ["x"], legacy({})]
)
def test_a_signed_body_of_another_form_is_broken(told: Any) -> None:
    with pytest.raises(Broken):
        read(told)


@given(st.text(max_size=60))
def test_no_forged_signature_fits(forged: str) -> None:
    with pytest.raises(Refused):
        hooks.read_webhook(headers={"intuit-signature": forged}, body=b"[]", secret=VERIFIER)
