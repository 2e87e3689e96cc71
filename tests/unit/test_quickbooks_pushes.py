"""One record on its way to QuickBooks: what is sent, what comes back, and the second try after a stale version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.quickbooks_factories import (
    OPERATION,
    REALM,
    Wire,
    customer,
    fault,
    invoice,
    item,
    payment,
    push,
    rows,
)

from ledgerport.contract import Gone, Invoice, NameTaken, Push, Refused, Stale, Unknown
from ledgerport_quickbooks import hooks

SAVED = {"Id": "310", "SyncToken": "0", "TotalAmt": 290.0, "CustomerRef": {"value": "74"}}


def update(version: str | None = "0") -> Push[Invoice]:
    return push(invoice(), remote_id="310", remote_version=version)


def test_a_new_record_is_posted_once_with_its_operation_as_requestid() -> None:
    wire = Wire([(200, {"Invoice": SAVED})])
    remote = hooks.push_invoice(account=wire.account(), push=push(invoice()))
    (request,) = wire.requests
    assert (request.method, request.path) == ("POST", f"/v3/company/{REALM}/invoice")
    assert request.query == {"minorversion": "75", "requestid": OPERATION}
    assert not request.read
    assert "Id" not in request.json
    assert (remote.id, remote.total) == ("310", Decimal("290.00"))


def test_records_of_one_operation_sent_alone_do_not_share_a_requestid() -> None:
    wire = Wire([(200, {"Item": {"Id": "1"}})] * 3)
    for position in (1, 2, 3):
        hooks.push_item(account=wire.account(), push=push(item(), position=position))
    ids = [request.query["requestid"] for request in wire.requests]
    assert ids[0] == OPERATION
    assert len(set(ids)) == 3
    assert all(len(request_id) == 36 for request_id in ids)


def test_an_update_is_sparse_and_names_its_version() -> None:
    wire = Wire([(200, {"Invoice": {**SAVED, "SyncToken": "1"}})])
    remote = hooks.push_invoice(account=wire.account(), push=update())
    sent = wire.requests[0].json
    assert (sent["Id"], sent["SyncToken"], sent["sparse"]) == ("310", "0", True)
    assert remote.version == "1"


def test_a_version_that_is_not_known_is_read_first() -> None:
    wire = Wire([rows("Invoice", {"Id": "310", "SyncToken": "4"}), (200, {"Invoice": SAVED})])
    hooks.push_invoice(account=wire.account(), push=update(None))
    assert wire.requests[0].statement.startswith("SELECT * FROM Invoice WHERE Id = '310'")
    assert wire.requests[1].json["SyncToken"] == "4"


def test_a_stale_version_is_read_again_and_sent_once_more_with_another_requestid() -> None:
    wire = Wire([fault("5010"), rows("Invoice", {"Id": "310", "SyncToken": "4"}), (200, {"Invoice": SAVED})])
    hooks.push_invoice(account=wire.account(), push=update())
    first, look, second = wire.requests
    assert look.read
    assert second.json["SyncToken"] == "4"
    assert second.query["requestid"] != first.query["requestid"]
    assert len(second.query["requestid"]) == 36


def test_a_version_that_is_stale_twice_is_given_back() -> None:
    wire = Wire([fault("5010"), rows("Invoice", {"Id": "310", "SyncToken": "4"}), fault("5010")])
    with pytest.raises(Stale):
        hooks.push_invoice(account=wire.account(), push=update())
    assert len(wire.requests) == 3


def test_an_object_deleted_over_there_is_gone() -> None:
    wire = Wire([fault("610"), rows("Invoice")])
    with pytest.raises(Gone):
        hooks.push_invoice(account=wire.account(), push=update())


def test_a_reference_that_is_gone_is_refused_while_the_object_is_there() -> None:
    wire = Wire([fault("610"), rows("Invoice", {"Id": "310", "SyncToken": "0"})])
    with pytest.raises(Refused, match="refers to"):
        hooks.push_invoice(account=wire.account(), push=update())


def test_a_customer_made_inactive_is_gone() -> None:
    wire = Wire([fault("610"), rows("Customer", {"Id": "74", "SyncToken": "3", "Active": False})])
    with pytest.raises(Gone):
        hooks.push_customer(account=wire.account(), push=push(customer(), remote_id="74", remote_version="2"))


def test_a_name_that_is_taken_is_told() -> None:
    wire = Wire([fault("6240", "The name supplied already exists. : null")])
    with pytest.raises(NameTaken):
        hooks.push_customer(account=wire.account(), push=push(customer()))


def test_an_answer_without_the_object_is_an_unknown_outcome() -> None:
    wire = Wire([(200, {"time": "2026-09-01T05:58:07.300-07:00"})])
    with pytest.raises(Unknown):
        hooks.push_payment(account=wire.account(), push=push(payment()))


def test_a_gateways_page_is_an_unknown_outcome() -> None:
    wire = Wire([(200, b"<html><body>Welcome to the hotel's network</body></html>")])
    with pytest.raises(Unknown, match="no answer of its own"):
        hooks.push_payment(account=wire.account(), push=push(payment()))


def test_a_refused_record_is_not_sent() -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        hooks.push_invoice(account=wire.account(), push=push(invoice(email="nobody")))
    assert wire.requests == []


def test_a_company_id_that_is_none_reaches_no_address() -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        hooks.push_item(account=wire.account(realm="../evil"), push=push(item()))
    assert wire.requests == []


def test_a_void_names_only_id_and_version() -> None:
    wire = Wire([(200, {"Invoice": {**SAVED, "SyncToken": "1", "TotalAmt": 0}})])
    remote = hooks.void_invoice(account=wire.account(), push=update())
    (request,) = wire.requests
    assert request.query["operation"] == "void"
    assert request.json == {"Id": "310", "SyncToken": "0"}
    assert remote.total == Decimal("0.00")


def test_a_deleted_payment_is_no_longer_active() -> None:
    wire = Wire([(200, {"Payment": {"domain": "QBO", "status": "Deleted", "Id": "311"}})])
    gone: Push[Any] = push(payment(), remote_id="311", remote_version="0")
    remote = hooks.delete_payment(account=wire.account(), push=gone)
    assert wire.requests[0].query["operation"] == "delete"
    assert (remote.id, remote.active) == ("311", False)


def test_a_payment_deleted_already_is_gone() -> None:
    wire = Wire([fault("610"), rows("Payment")])
    with pytest.raises(Gone):
        hooks.delete_payment(account=wire.account(), push=push(payment(), remote_id="311", remote_version="0"))


def test_what_was_never_sent_cannot_be_voided() -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        hooks.void_invoice(account=wire.account(), push=push(invoice()))
    assert wire.requests == []
