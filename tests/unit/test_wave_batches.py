"""Several records in one request to Wave: each has an outcome of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.wave_factories import (
    INVOICE,
    PRODUCT,
    Wire,
    error,
    estimate,
    estimate_row,
    invoice,
    invoice_row,
    item,
    line,
    money,
    nothing,
    one,
    page,
    payment,
    payment_row,
    product_row,
    push,
    succeeded,
    unsuccessful,
)

from ledgerport.contract import (
    Gone,
    LoginNeeded,
    NameTaken,
    PushMapping,
    Refused,
    Remote,
    TryLater,
    Unknown,
)
from ledgerport_wave import hooks


def created(**changed: Any) -> dict[str, Any]:
    return succeeded("product", product_row(**changed))


def answer(*payloads: Any, errors: list[Any] | None = None) -> tuple[int, Any]:
    data = {f"m{place}": payload for place, payload in enumerate(payloads, 1)}
    return 200, {**({"errors": errors} if errors else {}), "data": data}


def three(**first: Any) -> list[Any]:
    return [push(item(ref=f"I-{place}", name=f"Pipe {place}"), position=place, **first) for place in (1, 2, 3)]


def kinds(outcomes: Any) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_several_items_travel_in_one_request_and_are_answered_in_order() -> None:
    wire = Wire([answer(created(id="a"), created(id="b"), created(id="c"))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=three())
    assert [outcome.id for outcome in outcomes if isinstance(outcome, Remote)] == ["a", "b", "c"]
    (request,) = wire.requests
    assert [request.variables[f"i{place}"]["name"] for place in (1, 2, 3)] == ["Pipe 1", "Pipe 2", "Pipe 3"]
    assert not request.read


def test_creations_and_changes_share_a_request() -> None:
    pushes = [push(item()), push(item(), remote_id=PRODUCT)]
    wire = Wire([answer(created(), created())])
    hooks.push_item_batch(account=wire.account(), pushes=pushes)
    assert wire.requests[0].fields == ["productCreate", "productPatch"]
    assert wire.requests[0].variables["i2"]["id"] == PRODUCT


def test_one_that_is_refused_costs_the_others_nothing() -> None:
    wire = Wire([answer(created(), unsuccessful("input.unitPrice", "Too high."), created(id="c"))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=three())
    assert kinds(outcomes) == [Remote, Refused, Remote]


def test_trouble_inside_leaves_one_record_unknown_and_the_others_done() -> None:
    trouble = error("INTERNAL_SERVER_ERROR", path=["m2"])
    wire = Wire([answer(created(), None, created(id="c"), errors=[trouble])])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=three())
    assert kinds(outcomes) == [Remote, Unknown, Remote]


def test_a_record_that_the_answer_leaves_out_is_unknown() -> None:
    wire = Wire([answer(created(), created(id="b"))])
    assert kinds(hooks.push_item_batch(account=wire.account(), pushes=three())) == [Remote, Remote, Unknown]


def test_a_record_that_would_be_refused_is_not_sent() -> None:
    pushes = [push(item(), mapping=PushMapping()), *three()[1:]]
    wire = Wire([answer(created(id="b"), created(id="c"))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=pushes)
    assert kinds(outcomes) == [Refused, Remote, Remote]
    assert wire.requests[0].variables.keys() == {"i1", "i2"}


def test_nothing_is_sent_when_all_would_be_refused() -> None:
    wire = Wire([])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=[push(item(), mapping=PushMapping())])
    assert kinds(outcomes) == [Refused]


def test_a_document_that_wave_did_not_run_is_refused_as_a_whole() -> None:
    wire = Wire([(200, {"errors": [error("TOO_MANY_MUTATIONS", "One at a time.")]})])
    with pytest.raises(Refused) as caught:
        hooks.push_item_batch(account=wire.account(), pushes=three())
    assert caught.value.whole_batch


def test_an_unreadable_answer_leaves_the_whole_batch_unknown() -> None:
    wire = Wire([(502, b"<html>Bad gateway</html>")])
    with pytest.raises(Unknown):
        hooks.push_item_batch(account=wire.account(), pushes=three())


@pytest.mark.parametrize(
    ("code", "message", "branch"),
    [("UNAUTHENTICATED", "No.", TryLater), ("NOT_FOUND", "Business 'x' could not be found.", LoginNeeded)],
)
def test_what_befalls_every_record_befalls_the_request(code: str, message: str, branch: type[Exception]) -> None:
    errors = [error(code, message, [f"m{place}"]) for place in (1, 2, 3)]
    with pytest.raises(branch):
        hooks.push_item_batch(account=Wire([answer(None, None, None, errors=errors)]).account(), pushes=three())


def test_a_token_that_ends_on_the_way_costs_only_the_records_after_it() -> None:
    errors = [error("UNAUTHENTICATED", path=[f"m{place}"]) for place in (2, 3)]
    wire = Wire([answer(created(), None, None, errors=errors)])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=three())
    assert kinds(outcomes) == [Remote, TryLater, TryLater]


def test_a_number_in_use_is_found_out_for_its_record_alone() -> None:
    pushes = [push(invoice(number="FS-1")), push(invoice(number="FS-2"))]
    taken = page("invoices", invoice_row(id="other", invoiceNumber="FS-2", customer={"id": "somebody"}))
    good = succeeded("invoice", invoice_row())
    wire = Wire([answer(good, unsuccessful("input.invoiceNumber")), taken])
    outcomes = hooks.push_invoice_batch(account=wire.account(), pushes=pushes)
    assert kinds(outcomes) == [Remote, NameTaken]


def test_a_look_that_fails_does_not_cost_the_others_their_outcome() -> None:
    pushes = [push(invoice(number="FS-1")), push(invoice(number="FS-2"))]
    good = succeeded("invoice", invoice_row())
    wire = Wire([answer(good, unsuccessful("input.invoiceNumber")), (429, b"")])
    outcomes = hooks.push_invoice_batch(account=wire.account(), pushes=pushes)
    assert kinds(outcomes) == [Remote, TryLater]


def test_a_payment_that_is_a_cent_over_is_mended_in_a_request_of_its_own() -> None:
    row = {**payment_row(amount="260.99"), "invoice": {"id": INVOICE, "amountPaid": money("260.99")}}
    due = one("invoice", {"id": INVOICE, "status": "SAVED", "amountDue": money("260.99"), "payments": []})
    wire = Wire(
        [
            answer(unsuccessful("input.amount")),
            due,
            (200, {"data": {"invoicePaymentCreateManual": succeeded("invoicePayment", row)}}),
        ]
    )
    (outcome,) = hooks.push_payment_batch(account=wire.account(), pushes=[push(payment())])
    assert isinstance(outcome, Remote)
    assert outcome.total == Decimal("260.99")


def test_an_estimate_that_is_gone_is_found_before_the_others_are_sent() -> None:
    pushes = [push(estimate(), remote_id="gone"), push(estimate())]
    wire = Wire([nothing("estimate"), answer(succeeded("estimate", estimate_row()))])
    assert kinds(hooks.push_estimate_batch(account=wire.account(), pushes=pushes)) == [Gone, Remote]


def test_a_line_is_named_by_its_place_in_its_own_document() -> None:
    pushes = [push(invoice()), push(invoice(number="FS-2", lines=[line(), line()]))]
    good = succeeded("invoice", invoice_row())
    wire = Wire([answer(good, unsuccessful("input.items.1.productId"))])
    outcomes = hooks.push_invoice_batch(account=wire.account(), pushes=pushes)
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].field == "lines[1].item"
