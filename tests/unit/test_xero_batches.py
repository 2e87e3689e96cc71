"""Several records in one request to Xero: each gets its own outcome, whatever befalls the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.xero_factories import (
    CODES,
    EMPTY,
    INVOICE,
    MAPPING,
    OPERATION,
    Wire,
    customer,
    estimate,
    exception,
    guid,
    invoice,
    item,
    line,
    page,
    payment,
    problem,
    push,
    refused,
    rows,
)

from ledgerport.contract import (
    Broken,
    Customer,
    Gone,
    LoginNeeded,
    NameTaken,
    Push,
    PushMapping,
    Refused,
    Remote,
    TryLater,
    Unknown,
)
from ledgerport_xero import batches, hooks

TAKEN = "The contact name {} is already assigned to another contact."


def marker(number: int) -> str:
    return f"LP-{number:016x}"


def pushes(count: int, **known: Any) -> list[Push[Customer]]:
    """New customers; the number of each is in its name and in its marker."""
    return [push(customer(name=f"Customer {n}"), position=n, marker=marker(n), **known) for n in range(1, count + 1)]


def update(position: int) -> Push[Customer]:
    return push(customer(name=f"Customer {position}"), position=position, remote_id=guid(position))


def saved(number: int, **more: Any) -> dict[str, Any]:
    known = {"ContactID": guid(number), "ContactNumber": marker(number), "Name": f"Customer {number}"}
    return {**known, "HasValidationErrors": False, "StatusAttributeString": "OK", **more}


def failed(number: int, message: str, **more: Any) -> dict[str, Any]:
    known = {"ContactID": EMPTY, "ContactNumber": marker(number), "Name": f"Customer {number}", **more}
    return refused(message, **known)


def contacts(*elements: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"Id": guid(1), "Status": "OK", "Contacts": list(elements)}


def ids(outcomes: Sequence[Any]) -> list[Any]:
    return [outcome.id if isinstance(outcome, Remote) else type(outcome) for outcome in outcomes]


def send(wire: Wire, records: Sequence[Push[Customer]]) -> list[Any]:
    return hooks.push_customer_batch(account=wire.account(), pushes=records)


def test_new_records_travel_in_one_put_that_names_its_key_and_its_manners() -> None:
    wire = Wire([contacts(saved(1), saved(2))])
    assert ids(send(wire, pushes(2))) == [guid(1), guid(2)]
    (request,) = wire.requests
    assert (request.method, request.path) == ("PUT", "/api.xro/2.0/Contacts")
    assert request.query == {"summarizeErrors": "false"}
    assert request.headers["accept"] == request.headers["content-type"] == "application/json"
    assert request.headers["xero-tenant-id"] == "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f"
    assert 0 < len(request.headers["idempotency-key"]) <= 128


def test_prices_travel_with_four_decimals() -> None:
    wire = Wire([rows("Items", {"ItemID": guid(1), "Code": "GATE-SVC"})])
    hooks.push_item(account=wire.account(), push=push(item()))
    assert wire.requests[0].query == {"summarizeErrors": "false", "unitdp": "4"}


def test_a_key_is_the_same_for_a_repetition_and_another_for_every_other_request() -> None:
    def key(records: Sequence[Push[Customer]], tenant: str = guid(8)) -> str:
        wire = Wire([contacts(*(saved(record.position) for record in records))])
        hooks.push_customer_batch(account=wire.account(tenant=tenant), pushes=records)
        return wire.requests[0].headers["idempotency-key"]

    first = key(pushes(2))
    assert key(pushes(2)) == first
    others = {
        key(pushes(3)),
        key(pushes(2), tenant=guid(9)),
        key(pushes(2, operation_id=OPERATION.replace("5", "6"))),
        key([pushes(2)[1]]),
    }
    assert len(others) == 4
    assert first not in others


def test_answers_in_another_order_find_their_records() -> None:
    wire = Wire([contacts(saved(3), failed(1, TAKEN), saved(2))])
    assert ids(send(wire, pushes(3))) == [NameTaken, guid(2), guid(3)]


def test_one_refused_record_costs_no_other() -> None:
    wire = Wire([contacts(saved(1), failed(2, "Email address must be valid."), saved(3))])
    outcomes = send(wire, pushes(3))
    assert ids(outcomes) == [guid(1), Refused, guid(3)]
    assert outcomes[1].field == "email"


def test_a_record_without_an_answer_is_unknown() -> None:
    assert ids(send(Wire([contacts(saved(1), saved(3))]), pushes(3))) == [guid(1), Unknown, guid(3)]


def test_elements_that_name_nothing_are_told_by_their_place() -> None:
    nameless = {"ContactID": EMPTY, "HasValidationErrors": True, "ValidationErrors": [{"Message": "odd"}]}
    assert ids(send(Wire([contacts(saved(1), nameless, saved(3))]), pushes(3))) == [guid(1), Refused, guid(3)]


def test_elements_that_name_nothing_and_are_too_few_are_nobodys() -> None:
    nameless = {"ContactID": EMPTY, "HasValidationErrors": True, "ValidationErrors": [{"Message": "odd"}]}
    assert ids(send(Wire([contacts(nameless, saved(3))]), pushes(3))) == [Unknown, Unknown, guid(3)]


def test_an_answer_without_its_elements_leaves_all_unknown() -> None:
    with pytest.raises(Unknown):
        send(Wire([(200, {"Status": "OK"})]), pushes(2))


def test_a_saved_record_without_an_id_is_unknown() -> None:
    assert ids(send(Wire([contacts(saved(1, ContactID=EMPTY))]), pushes(1))) == [Unknown]


def test_a_record_that_would_be_refused_is_not_sent() -> None:
    wire = Wire([contacts(saved(2))])
    bad, good = pushes(2)
    bad = push(customer(email="none"), position=1, marker=bad.marker)
    assert ids(send(wire, [bad, good])) == [Refused, guid(2)]
    assert [row["ContactNumber"] for row in wire.requests[0].json["Contacts"]] == [marker(2)]


def test_a_batch_of_nothing_but_refusals_sends_nothing() -> None:
    wire = Wire([])
    bad = [push(customer(email="none"), position=n) for n in (1, 2)]
    assert ids(send(wire, bad)) == [Refused, Refused]
    assert wire.requests == []


def test_updates_travel_as_post_with_their_ids_and_without_a_key() -> None:
    wire = Wire([contacts(saved(2), saved(1))])
    assert ids(send(wire, [update(1), update(2)])) == [guid(1), guid(2)]
    (request,) = wire.requests
    assert (request.method, request.query) == ("POST", {"summarizeErrors": "false"})
    assert [row["ContactID"] for row in request.json["Contacts"]] == [guid(1), guid(2)]
    assert "idempotency-key" not in request.headers


def test_one_update_is_sent_to_its_own_address() -> None:
    wire = Wire([contacts(saved(1))])
    assert hooks.push_customer(account=wire.account(), push=update(1)).id == guid(1)
    assert (wire.requests[0].method, wire.requests[0].path) == ("POST", f"/api.xro/2.0/Contacts/{guid(1)}")


def test_new_and_known_records_are_two_requests() -> None:
    wire = Wire([contacts(saved(1)), contacts(saved(2))])
    assert ids(send(wire, [pushes(1)[0], update(2)])) == [guid(1), guid(2)]
    assert [request.method for request in wire.requests] == ["PUT", "POST"]


def test_a_failure_of_the_second_request_is_the_fate_of_its_records_alone() -> None:
    wire = Wire([contacts(saved(1)), (503, b"")])
    assert ids(send(wire, [pushes(1)[0], update(2), update(3)])) == [guid(1), Unknown, Unknown]


def test_a_failure_of_the_first_request_sends_no_second() -> None:
    wire = Wire([(429, b"", {"X-Rate-Limit-Problem": "minute", "Retry-After": "9"})])
    with pytest.raises(TryLater):
        send(wire, [pushes(1)[0], update(2)])
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("answer", "branch"),
    [
        ((503, b"The Organisation is offline"), TryLater),
        ((500, b"<html>"), Unknown),
        ((403, problem(403, "AuthenticationUnsuccessful", "Forbidden")), LoginNeeded),
        ((401, problem(401, "AuthorizationUnsuccessful")), LoginNeeded),
    ],
)
def test_what_befalls_the_whole_request_is_raised(answer: tuple[int, Any], branch: type) -> None:
    with pytest.raises(branch):
        send(Wire([answer]), pushes(2))


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "Error converting value"}),
        exception("Email address must be valid."),
        exception(TAKEN),
        (413, b"too large"),
        (400, b"<html>a firewall's page</html>"),
    ],
)
def test_a_batch_that_is_refused_as_a_whole_is_taken_apart(answer: tuple[int, Any]) -> None:
    with pytest.raises(Refused) as caught:
        send(Wire([answer]), pushes(2))
    assert caught.value.whole_batch


def test_a_record_alone_is_refused_as_what_it_is() -> None:
    with pytest.raises(NameTaken):
        hooks.push_customer(account=Wire([contacts(failed(1, TAKEN))]).account(), push=pushes(1)[0])
    with pytest.raises(NameTaken):
        hooks.push_customer(account=Wire([exception(TAKEN)]).account(), push=update(1))


def test_a_batch_with_two_records_at_one_position_is_none() -> None:
    with pytest.raises(Broken):
        send(Wire([]), [pushes(1)[0], pushes(1)[0]])


def test_records_that_do_not_fit_beside_the_others_come_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_BODY", 130)
    wire = Wire([contacts(saved(1))])
    outcomes = send(wire, pushes(3))
    assert ids(outcomes) == [guid(1), TryLater, TryLater]
    assert {outcome.after for outcome in outcomes[1:]} == {timedelta(0)}
    assert len(wire.requests[0].body) < 150


def test_a_record_that_is_too_large_for_any_request_is_refused() -> None:
    lines = [line(description="x" * 4000) for _ in range(900)]
    wire = Wire([])
    with pytest.raises(Refused, match="larger"):
        hooks.push_invoice(account=wire.account(), push=push(invoice(lines=lines)))
    assert wire.requests == []


# --- documents ------------------------------------------------------------------------------------------------------


EDITED = "Invoice not of valid status for modification"


def known_invoice(number: int) -> Push[Any]:
    return push(invoice(number=f"FS-{number}"), position=number, remote_id=guid(number))


def echoed(number: int, **more: Any) -> dict[str, Any]:
    return {"InvoiceID": guid(number), "InvoiceNumber": f"FS-{number}", "Type": "ACCREC", "Total": 290, **more}


def test_a_document_that_cannot_be_changed_is_gone_when_it_was_voided_and_refused_when_it_is_paid() -> None:
    answer = rows("Invoices", refused(EDITED, **echoed(1)), refused(EDITED, **echoed(2)), echoed(3))
    look = page("Invoices", echoed(1, Status="VOIDED"), echoed(2, Status="PAID"))
    wire = Wire([answer, look])
    outcomes = hooks.push_invoice_batch(account=wire.account(), pushes=[known_invoice(n) for n in (1, 2, 3)])
    assert ids(outcomes) == [Gone, Refused, guid(3)]
    assert wire.requests[1].query["IDs"] == f"{guid(1)},{guid(2)}"
    assert isinstance(outcomes[1], Refused)
    assert "payments" in outcomes[1].reason


def test_a_look_that_fails_is_the_outcome_because_a_verdict_could_not_be_taken_back() -> None:
    wire = Wire([rows("Invoices", refused(EDITED, **echoed(1)), echoed(2)), (429, b"")])
    outcomes = hooks.push_invoice_batch(account=wire.account(), pushes=[known_invoice(1), known_invoice(2)])
    assert ids(outcomes) == [TryLater, guid(2)]


def test_the_rates_are_read_once_for_documents_with_lines_of_several() -> None:
    codes = {**CODES, "low": "TAX005"}
    mapping = PushMapping(income_account="200", tax_codes=codes)
    lines = [line("1", "100", taxable=True), line("1", "100", taxable=True, tax_code="low")]
    rates = rows("TaxRates", {"TaxType": "OUTPUT2", "EffectiveRate": 15}, {"TaxType": "TAX005", "EffectiveRate": 5})
    records = [
        push(invoice(number=f"FS-{n}", lines=lines, tax=Decimal("20.00")), position=n, mapping=mapping) for n in (1, 2)
    ]
    wire = Wire([rates, rows("Invoices", echoed(1), echoed(2))])
    hooks.push_invoice_batch(account=wire.account(), pushes=records)
    assert [request.path for request in wire.requests] == ["/api.xro/2.0/TaxRates", "/api.xro/2.0/Invoices"]
    sent = wire.requests[1].json["Invoices"][0]["LineItems"]
    assert [one["TaxAmount"] for one in sent] == [15.0, 5.0]


def known_quote(number: int) -> Push[Any]:
    return push(estimate(number=f"QU-{number}"), position=number, remote_id=guid(number))


def quote(number: int, status: str = "SENT") -> dict[str, Any]:
    return {"QuoteID": guid(number), "QuoteNumber": f"QU-{number}", "Status": status, "Total": 290}


def test_an_update_of_a_quote_keeps_the_status_that_it_has() -> None:
    wire = Wire([rows("Quotes", quote(1, "ACCEPTED")), rows("Quotes", quote(1, "ACCEPTED"))])
    remote = hooks.push_estimate(account=wire.account(), push=known_quote(1))
    assert remote.id == guid(1)
    (sent,) = wire.requests[1].json["Quotes"]
    assert sent["Status"] == "ACCEPTED"
    assert sent["Contact"]["ContactID"]
    assert sent["Date"]


def test_a_quote_that_was_deleted_is_gone_and_is_not_sent() -> None:
    wire = Wire([rows("Quotes", quote(1, "DELETED"))])
    with pytest.raises(Gone):
        hooks.push_estimate(account=wire.account(), push=known_quote(1))
    assert [request.method for request in wire.requests] == ["GET"]


def test_many_updates_of_quotes_are_read_a_few_at_a_time() -> None:
    answers = [rows("Quotes", quote(n)) for n in range(1, 11)]
    wire = Wire([*answers, rows("Quotes", *(quote(n) for n in range(1, 11)))])
    outcomes = hooks.push_estimate_batch(account=wire.account(), pushes=[known_quote(n) for n in range(1, 16)])
    assert ids(outcomes) == [guid(n) for n in range(1, 11)] + [TryLater] * 5
    assert len(wire.requests) == 11


# --- payments -------------------------------------------------------------------------------------------------------


def paid(amount: Any = 100, **more: Any) -> dict[str, Any]:
    return {"PaymentID": guid(5), "Amount": amount, "Status": "AUTHORISED", "Invoice": {"InvoiceID": INVOICE}, **more}


@pytest.mark.parametrize(
    ("found", "expected"),
    [([paid()], guid(5)), ([paid(Status="DELETED")], Gone), ([], Gone)],
    ids=["as it is", "deleted", "not there"],
)
def test_a_payment_is_as_it_should_be_or_gone(found: list[dict[str, Any]], expected: Any) -> None:
    wire = Wire([page("Payments", *found)])
    outcome = hooks.push_payment_batch(account=wire.account(), pushes=[push(payment(), remote_id=guid(5))])
    assert ids(outcome) == [expected]
    assert [request.method for request in wire.requests] == ["GET"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (paid(99), "amount"),
        (paid(Date="/Date(1786406400000+0000)/"), "paid_on"),
        (paid(Invoice={"InvoiceID": guid(6)}), "invoice"),
    ],
    ids=["amount", "day", "invoice"],
)
def test_a_payment_is_never_changed(row: dict[str, Any], field: str) -> None:
    wire = Wire([page("Payments", row)])
    (outcome,) = hooks.push_payment_batch(account=wire.account(), pushes=[push(payment(), remote_id=guid(5))])
    assert isinstance(outcome, Refused)
    assert outcome.field == field
    assert [request.method for request in wire.requests] == ["GET"]


def test_two_payments_of_one_invoice_are_told_apart_by_our_marks() -> None:
    records = [push(payment(), position=n, marker=marker(n)) for n in (1, 2)]
    answers = [
        {"PaymentID": guid(n), "Reference": f"{marker(n)}", "Amount": 100, "Invoice": {"InvoiceID": INVOICE}}
        for n in (2, 1)
    ]
    wire = Wire([rows("Payments", *answers)])
    assert ids(hooks.push_payment_batch(account=wire.account(), pushes=records)) == [guid(1), guid(2)]
    assert wire.requests[0].json["Payments"][0]["Account"] == {"AccountID": MAPPING.deposit_account}
