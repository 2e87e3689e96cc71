"""Invoices, estimates and payments: sums, statuses, numbers, refusals, deletion."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledgerport_freshbooks_sandbox.app import create_app
from ledgerport_freshbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Running

NOW = 1_790_000_000  # 2026-09-21 in New York
LINES = {"include[]": "lines"}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


@pytest.fixture
def app(server: Running) -> Iterator[Visitor]:
    """A visitor who has signed in to a fresh sandbox with one client (56789); limits off, the clock stands still."""
    with Visitor(server.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"rate": 0, "at": NOW})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        visitor.create("Customer", {"organization": "Harbor View HOA", "email": "d@h.example"})
        yield visitor
        assert visitor.ledger()["checks"] == []


def money(amount: str, code: str = "USD") -> dict[str, str]:
    return {"amount": amount, "code": code}


def line(price: str = "100.00", **more: Any) -> dict[str, Any]:
    return {"name": "Drain cleaning", "qty": 1, "unit_cost": money(price), **more}


def draft(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"customerid": 56789, "create_date": "2026-09-01", "lines": list(lines) or [line()], **more}


def bill(app: Visitor, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return app.create("Invoice", draft(*lines, action_mark_as_sent=True, due_offset_days=30, **more))


def payment(invoice: dict[str, Any], amount: str = "60.00", **more: Any) -> dict[str, Any]:
    return {"invoiceid": invoice["id"], "amount": money(amount), "date": "2026-09-10", "type": "Check", **more}


def told(answer: httpx.Response) -> tuple[int, int, str]:
    error = answer.json()["response"]["errors"][0]
    return answer.status_code, error["errno"], error["field"]


def standing(invoice: dict[str, Any]) -> tuple[int, str, str, str]:
    return invoice["status"], invoice["display_status"], invoice["v3_status"], invoice["payment_status"]


# --- sums and lines ---------------------------------------------------------------------------------------------------


def test_lines_come_only_when_they_are_included(app: Visitor) -> None:
    made = app.create("Invoice", draft())
    assert "lines" not in made
    assert "lines" not in app.list("Invoice")["rows"][0]
    (shown,) = app.read("Invoice", made["id"], **LINES)["lines"]
    assert (shown["lineid"], shown["qty"], shown["amount"]) == (1, "1", money("100.00"))
    assert "lines" in app.list("Invoice", **LINES)["rows"][0]


@pytest.mark.parametrize(("way", "total"), [("per_tax", "30.10"), ("per_line", "30.09")])
def test_tax_is_rounded_once_for_each_tax_or_on_every_line(app: Visitor, way: str, total: str) -> None:
    app.control("switches", {"tax_rounding": way})
    taxed = line("9.27", taxName1="Texas Sales Tax", taxAmount1="8.25")
    assert app.create("Invoice", draft(taxed, taxed, taxed))["amount"] == money(total)


@pytest.mark.parametrize(("before_tax", "total"), [(True, "97.43"), (False, "98.25")])
def test_discount_value_is_a_percent_and_counts_before_tax(app: Visitor, before_tax: bool, total: str) -> None:
    app.control("switches", {"discount_before_tax": before_tax})
    made = app.create("Invoice", draft(line(taxName1="Texas Sales Tax", taxAmount1=8.25), discount_value="10"))
    assert (made["amount"], made["discount_total"]) == (money(total), money("-10.00"))


def test_a_known_tax_name_brings_its_percent_and_a_compound_tax_counts_on_the_first(app: Visitor) -> None:
    taxed = line(taxName1="texas sales tax", taxName2="City Surcharge", compounded_tax=True)
    made = app.create("Invoice", draft(taxed), **LINES)
    assert made["amount"] == money("109.33")
    assert made["lines"][0]["taxAmount1"] == "8.25"


@pytest.mark.parametrize(
    ("switch", "more", "field"),
    [
        ({"negative_lines": "refuse"}, {"unit_cost": money("-5")}, "lines.unit_cost"),
        ({"unknown_tax_name": "refuse"}, {"taxName1": "Moon Tax", "taxAmount1": "5"}, "lines.taxName1"),
    ],
)
def test_switches_refuse_what_is_accepted_by_default(
    app: Visitor, switch: dict[str, str], more: dict[str, Any], field: str
) -> None:
    body = draft(line(), line(**more))
    assert app.post("Invoice", body).status_code == 200
    app.control("switches", switch)
    assert told(app.post("Invoice", body)) == (422, 1004, field)


def test_an_edit_replaces_all_lines_and_leaves_other_keys(app: Visitor) -> None:
    made = app.create("Invoice", draft(line("10"), line("20"), notes="thanks"))
    changed = app.update("Invoice", made["id"], {"lines": [line("5")]}, **LINES)
    assert (changed["amount"], len(changed["lines"]), changed["notes"]) == (money("5.00"), 1, "thanks")


def test_an_invoice_has_a_link_for_its_client_and_a_pdf(app: Visitor) -> None:
    made = bill(app)
    shared = app.call("GET", f"invoices/invoices/{made['id']}/share_link", share_method="share_link")
    assert shared.json()["response"]["result"]["share_link"]["share_link"].startswith(app.url)
    assert app.call("GET", f"invoices/invoices/{made['id']}/pdf").content.startswith(b"%PDF")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"due_date": "2026-10-01"}, (403, 1038, "due_date")),
        ({"customerid": None}, (422, 1001, "customerid")),
        ({"create_date": None}, (422, 1001, "create_date")),
        ({"create_date": "01/09/2026"}, (422, 1016, "create_date")),
        ({"customerid": 1}, (422, 1012, "customerid")),
        ({"status": "2"}, (422, 1015, "status")),
        ({"status": 4}, (422, 1004, "status")),
        ({"discount_value": "101"}, (422, 1018, "discount_value")),
        ({"lines": [line(unit_cost=money("1", "CAD"))]}, (422, 1004, "lines.unit_cost.code")),
        ({"action_mark_as_sent": "yes"}, (422, 1031, "action_mark_as_sent")),
        ({"action_email": True}, (422, 1001, "email_recipients")),
    ],
)
def test_an_invoice_that_makes_no_sense_is_refused(
    app: Visitor, more: dict[str, Any], refusal: tuple[int, int, str]
) -> None:
    assert told(app.post("Invoice", {**draft(), **more})) == refusal
    assert app.ledger()["invoices"] == []


def test_the_words_of_status_refusals_are_the_live_ones(app: Visitor) -> None:
    answers = [app.post("Invoice", draft(status=status)).json() for status in ("sent", 8)]
    assert [answer["response"]["errors"][0]["message"] for answer in answers] == [
        "The field 'status' must be a number.",
        "Status must be one of 'draft', 'sent', 'viewed' or 'disputed'.",
    ]


def test_a_deleted_client_gets_no_invoice(app: Visitor) -> None:
    app.update("Customer", 56789, {"vis_state": 1})
    assert told(app.post("Invoice", draft())) == (422, 1011, "customerid")


def test_numbers_count_upward_and_a_number_in_use_is_refused(app: Visitor) -> None:
    numbers = [app.create("Invoice", draft(**more))["invoice_number"] for more in ({}, {"invoice_number": "7"}, {})]
    assert numbers == ["0000001", "7", "0000008"]
    assert told(app.post("Invoice", draft(invoice_number="7"))) == (422, 1004, "invoice_number")
    app.control("switches", {"duplicate_number": "accept"})
    assert app.post("Invoice", draft(invoice_number="7")).status_code == 200
    assert app.list("Invoice", **{"search[invoice_number]": "7"})["total"] == 2


def test_a_locked_period_takes_no_documents(app: Visitor) -> None:
    made = bill(app)
    app.control("person", {"company": app.account, "action": "lock_period", "until": "2026-09-15"})
    assert told(app.post("Invoice", draft())) == (422, 1004, "create_date")
    assert told(app.put("Invoice", made["id"], {"notes": "n"})) == (422, 1004, "create_date")
    assert told(app.post("Payment", payment(made))) == (422, 1004, "date")
    assert app.post("Payment", payment(made, date="2026-09-16")).status_code == 200


def test_a_cancelled_plan_reads_but_does_not_write(app: Visitor) -> None:
    app.control("person", {"company": app.account, "action": "cancel_plan"})
    assert app.list("Customer")["total"] == 1
    assert told(app.post("Invoice", draft()))[:2] == (403, 1042)


# --- statuses ---------------------------------------------------------------------------------------------------------


def test_an_invoice_is_draft_then_sent_then_partial_then_paid(app: Visitor) -> None:
    made = app.create("Invoice", draft(due_offset_days=30))
    seen = [standing(made)]
    seen.append(standing(app.update("Invoice", made["id"], {"action_mark_as_sent": True})))
    app.create("Payment", payment(made))
    seen.append(standing(app.read("Invoice", made["id"])))
    app.create("Payment", payment(made, "40.00"))
    seen.append(standing(app.read("Invoice", made["id"])))
    assert seen == [
        (1, "draft", "draft", "unpaid"),
        (2, "sent", "sent", "unpaid"),
        (2, "sent", "partial", "partial"),
        (4, "sent", "paid", "paid"),
    ]


@pytest.mark.parametrize(("switch", "v3"), [("overdue", "overdue"), ("partial", "partial")])
def test_a_late_invoice_is_overdue_by_date(app: Visitor, switch: str, v3: str) -> None:
    app.control("switches", {"partial_past_due": switch})
    late, part, later = bill(app), bill(app), app.create("Invoice", draft(due_offset_days=0))
    app.create("Payment", payment(part))
    assert app.read("Invoice", late["id"])["v3_status"] == "sent"
    app.control("clock", {"advance": 11 * 86400})
    app.hold(app.refresh().json())
    seen = [app.read("Invoice", one["id"])["v3_status"] for one in (late, part, later)]
    assert seen == ["overdue", v3, "draft"]


def test_filters_that_work_and_filters_that_are_ignored(app: Visitor) -> None:
    sent, unsent = bill(app), app.create("Invoice", draft(create_date="2026-08-01"))
    app.create("Payment", payment(sent, "100"))

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in app.list("Invoice", **query)["rows"]]

    assert found(**{"search[v3_status]": "paid"}) == [sent["id"]]
    assert found(**{"search[paid]": "true"}) == [sent["id"]]
    assert found(**{"search[date_min]": "2026-08-15"}) == [sent["id"]]
    assert found(**{"search[customerids][]": ["56789", "1"], "search[date_max]": "2026-08-15"}) == [unsent["id"]]
    assert found(**{"search[status]": "1", "search[create_date_min]": "2030-01-01"}) == [sent["id"], unsent["id"]]
    assert found(sort="invoice_date_asc") == [unsent["id"], sent["id"]]


# --- payments ---------------------------------------------------------------------------------------------------------


def test_a_surplus_becomes_a_credit_that_goes_with_its_payment(app: Visitor) -> None:
    made = bill(app)
    paid = app.create("Payment", payment(made, "130.00"))
    (credit,) = app.list("CreditNote")["rows"]
    assert (paid["amount"], paid["overpaymentid"]) == (money("130.00"), credit["creditid"])
    assert (credit["amount"], app.read("Invoice", made["id"])["outstanding"]) == (money("30.00"), money("0.00"))
    assert app.ledger()["payments"][0]["applied"] == [{"invoice_id": str(made["id"]), "amount": "100.00"}]
    app.update("Payment", paid["id"], {"vis_state": 1})
    assert (app.list("CreditNote")["total"], app.read("Invoice", made["id"])["outstanding"]) == (0, money("100.00"))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"type": "Stripe"}, (422, 1004, "type")),
        ({"type": "check"}, (422, 1004, "type")),
        ({"amount": None}, (422, 1001, "amount")),
        ({"date": ""}, (422, 1001, "date")),
        ({"amount": money("0")}, (422, 1004, "amount")),
        ({"amount": money("5", "CAD")}, (422, 1004, "amount.code")),
        ({"invoiceid": 1}, (422, 1012, "invoiceid")),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    app: Visitor, more: dict[str, Any], refusal: tuple[int, int, str]
) -> None:
    assert told(app.post("Payment", {**payment(bill(app)), **more})) == refusal
    assert app.ledger()["payments"] == []


def test_a_draft_is_paid_only_where_the_switch_says_so(app: Visitor) -> None:
    made = app.create("Invoice", draft())
    assert told(app.post("Payment", payment(made))) == (422, 1004, "invoiceid")
    app.control("switches", {"payment_on_draft": "accept"})
    app.create("Payment", payment(made))
    assert app.read("Invoice", made["id"])["v3_status"] == "partial"


def test_payments_are_found_by_invoice_and_by_a_part_of_the_note(app: Visitor) -> None:
    one, two = bill(app), bill(app)
    first = app.create("Payment", payment(one, note="LP-1 thanks"))
    app.create("Payment", payment(two, note="LP-2"))
    assert [row["id"] for row in app.list("Payment", **{"search[notes]": "lp-1"})["rows"]] == [first["id"]]
    both = {"search[invoiceid]": str(one["id"]), "search[amount_min]": "59"}
    assert [row["id"] for row in app.list("Payment", **both)["rows"]] == [first["id"]]
    assert app.list("Payment", **{"search[amount_max]": "59"})["total"] == 0


def test_an_edited_payment_moves_the_balance_of_its_invoice(app: Visitor) -> None:
    made = bill(app)
    paid = app.create("Payment", payment(made))
    app.update("Payment", paid["id"], {"amount": money("25.00"), "date": "2026-09-12"})
    invoice = app.read("Invoice", made["id"])
    assert (invoice["outstanding"], invoice["date_paid"]) == (money("75.00"), "2026-09-12")


# --- deletion ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "left"), [("with_payments", []), ("release", [[]])])
def test_deleting_a_paid_invoice_takes_or_frees_its_payments(app: Visitor, way: str, left: list[list[str]]) -> None:
    app.control("switches", {"delete_paid_invoice": way})
    made = bill(app)
    app.create("Payment", payment(made))
    assert app.update("Invoice", made["id"], {"vis_state": 1})["vis_state"] == 1
    books = app.ledger()
    assert (books["invoices"], [row["applied"] for row in books["payments"]]) == ([], left)


def test_the_switch_keeps_a_paid_invoice_from_being_deleted(app: Visitor) -> None:
    app.control("switches", {"delete_paid_invoice": "refuse"})
    made = bill(app)
    app.create("Payment", payment(made))
    assert app.call("DELETE", f"invoices/invoices/{made['id']}").status_code == 422
    assert app.ledger()["totals"]["open"] == "40.00"


def test_http_delete_works_once_and_frees_the_number(app: Visitor) -> None:
    made = bill(app, invoice_number="FS-1")
    deleted = app.call("DELETE", f"invoices/invoices/{made['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"response": {}})
    assert told(app.call("DELETE", f"invoices/invoices/{made['id']}")) == (404, 1012, "invoiceid")
    assert told(app.post("Payment", payment(made))) == (422, 1011, "invoiceid")
    assert bill(app, invoice_number="FS-1")["id"] == made["id"] + 1


def test_an_edit_below_what_is_paid_is_refused(app: Visitor) -> None:
    made = bill(app)
    app.create("Payment", payment(made))
    assert told(app.put("Invoice", made["id"], {"lines": [line("59.99")]})) == (422, 1004, "lines")
    app.control("switches", {"total_below_paid": "accept"})
    assert app.update("Invoice", made["id"], {"lines": [line("50")]})["outstanding"] == money("-10.00")


# --- estimates --------------------------------------------------------------------------------------------------------


def test_estimates_move_by_actions_only(app: Visitor) -> None:
    made = app.create("Estimate", draft())
    assert (made["estimate_number"], made["status"], made["amount"]) == ("0000001", 1, money("100.00"))
    for name in ("status", "ui_status", "display_status"):
        assert told(app.put("Estimate", made["id"], {name: 2})) == (403, 1038, name)
    mailed = app.update("Estimate", made["id"], {"action_email": True, "email_recipients": ["d@h.example"]})
    assert (mailed["status"], mailed["ui_status"]) == (2, "open")
    assert app.update("Estimate", made["id"], {"action_accept": True})["accepted"] is True
    app.create("Invoice", draft(estimateid=made["id"]))
    assert app.read("Estimate", made["id"])["invoiced"] is True


@pytest.mark.parametrize(("way", "total"), [("none", 2), ("invoices", 1)])
def test_filters_of_estimates_are_ignored_unless_the_switch_says_otherwise(app: Visitor, way: str, total: int) -> None:
    app.control("switches", {"estimate_filters": way})
    for number in ("Q-1", "Q-2"):
        app.create("Estimate", draft(estimate_number=number))
    assert app.list("Estimate", **{"search[estimate_number]": "Q-2"})["total"] == total
    assert sum(Decimal(row["total"]) for row in app.ledger()["estimates"]) == 200
