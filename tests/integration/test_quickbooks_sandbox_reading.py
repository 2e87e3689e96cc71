"""Query, change data capture, batch, requestid and the published limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
from ledgerport_sandbox import Clock, Running

START = 1_790_000_000


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has signed in; the clock stands still and the limits are on."""
    with (
        Running(create_app(store=":memory:", clock=Clock(rate=0, at=START))) as sandbox,
        Visitor(sandbox.url) as visitor,
    ):
        visitor.sign_in()
        yield visitor


@pytest.fixture
def free(app: Visitor) -> Visitor:
    """The same without limits."""
    app.control("limits", {"enabled": False})
    return app


def items(first: int, last: int) -> list[dict[str, Any]]:
    """Batch items that create `Item 001` and so on."""
    account = {"value": "79"}
    return [
        {
            "bId": str(n),
            "operation": "create",
            "Item": {"Name": f"Item {n:03d}", "Type": "NonInventory", "Sku": f"S{n}", "IncomeAccountRef": account},
        }
        for n in range(first, last)
    ]


def refused(app: Visitor, text: str) -> tuple[str, str]:
    answer = app.get("query", query=text)
    assert answer.status_code == 400, answer.text
    error = answer.json()["Fault"]["Error"][0]
    return error["code"], error["Detail"]


# --- query ---


def test_a_page_has_100_rows_unless_asked_and_at_most_1000(free: Visitor) -> None:
    for start in range(0, 120, 30):
        free.batch(items(start, start + 30))
    page = free.query("select * from Item")
    assert (len(page["Item"]), page["startPosition"], page["maxResults"], "totalCount" in page) == (100, 1, 100, False)
    rest = free.query("select * from Item startposition 101 maxresults 100")
    assert [row["Name"] for row in rest["Item"]] == [f"Item {n:03d}" for n in range(100, 120)]
    assert free.query("Select * From item MAXRESULTS 5 STARTPOSITION 121") == {}
    assert refused(free, "select * from Item maxresults 1001")[0] == "4001"


def test_a_maximum_of_0_is_4001_in_the_recorded_words(app: Visitor) -> None:
    assert refused(app, "select * from Item maxresults 0") == (
        "4001",
        "QueryValidationError: value 0 is too small. Min allowed value is 1",
    )


def test_count_like_in_and_order_work_together(free: Visitor) -> None:
    free.batch(items(0, 30))
    assert free.query("select count(*) from Item where Name like 'Item 01%'") == {"totalCount": 10}
    found = free.query("select * from Item where Sku in ('S3', 'S1') and Active = true ORDER BY Name DESC")
    assert [row["Sku"] for row in found["Item"]] == ["S3", "S1"]
    assert len(free.query("select *, Sku from Item where Id in ('1','2') orderby Id")["Item"]) == 2


def test_apostrophes_are_escaped_with_a_backslash(free: Visitor) -> None:
    made = free.create("Customer", {"DisplayName": "Adam's Candy & Co"})
    found = free.query(r"select * from Customer where DisplayName = 'adam\'s candy & co'")
    assert [row["Id"] for row in found["Customer"]] == [made["Id"]]
    assert refused(free, "select * from Customer where DisplayName = 'Adam's Candy'")[0] == "4000"


def test_inactive_rows_show_only_when_asked_for(free: Visitor) -> None:
    made = free.create("Customer", {"DisplayName": "Gone"})
    free.create("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert free.query("select * from Customer") == {}
    assert len(free.query("select * from Customer where Active in (true, false)")["Customer"]) == 1


def test_a_customer_is_found_by_its_email(free: Visitor) -> None:
    made = free.create("Customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "Dana@H.example"}})
    found = free.query("select * from Customer where PrimaryEmailAddr = 'dana@h.example'")
    assert [row["Id"] for row in found["Customer"]] == [made["Id"]]


def test_there_is_no_or_and_the_error_names_the_place(app: Visitor) -> None:
    code, detail = refused(app, "select * from Item where Name = 'a' or Sku = 'b'")
    assert code == "4000"
    assert detail == 'QueryParserError: Encountered " <IDENTIFIER> "or "" at line 1, column 37.'


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("select * from Item where NoSuchField = 'a'", "Property NoSuchField not found for Entity Item"),
        ("select * from Payment where PrivateNote = 'a'", "Property PrivateNote not found for Entity Payment"),
        ("select * from Gadget", "invalid context declaration: Gadget"),
        ("select * from Item where Id > '5'", "operator > is not supported for property Id"),
    ],
)
def test_a_query_without_meaning_is_4001(app: Visitor, text: str, detail: str) -> None:
    assert refused(app, text) == ("4001", f"QueryValidationError: {detail}")


def test_a_query_may_be_posted_as_text(app: Visitor) -> None:
    answer = app.http.post(
        f"/v3/company/{REALM}/query",
        content="select * from Account where AccountType = 'Income' and Active = true",
        headers={"content-type": "application/text"},
    )
    assert {row["AccountType"] for row in answer.json()["QueryResponse"]["Account"]} == {"Income"}


def test_changes_since_a_moment_are_found_by_query(free: Visitor) -> None:
    free.create("Customer", {"DisplayName": "Early"})
    free.control("clock", {"advance": 600})
    free.create("Customer", {"DisplayName": "Late"})
    moment = datetime.fromtimestamp(START + 10, UTC).isoformat()
    found = free.query(
        f"select * from Customer where MetaData.LastUpdatedTime > '{moment}' orderby MetaData.LastUpdatedTime"
    )
    assert [row["DisplayName"] for row in found["Customer"]] == ["Late"]


# --- change data capture ---


def test_changes_show_full_objects_tombstones_and_an_empty_object_for_nothing(free: Visitor) -> None:
    buyer = free.create("Customer", {"DisplayName": "A"})
    sold = free.batch(items(0, 1))[0]["Item"]
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": {"ItemRef": {"value": sold["Id"]}}}
    made = free.create("Invoice", {"CustomerRef": {"value": buyer["Id"]}, "Line": [line]})
    free.create("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    since = datetime.fromtimestamp(START - 60, UTC).isoformat()
    answer = free.get("cdc", entities="Customer,Invoice,Payment", changedSince=since).json()
    customers, invoices, payments = answer["CDCResponse"][0]["QueryResponse"]
    assert customers["Customer"][0]["DisplayName"] == "A"
    assert invoices["Invoice"][0]["status"] == "Deleted"
    assert invoices["totalCount"] == 1
    assert payments == {}


def test_changes_reach_back_30_days_and_hold_1000_objects(free: Visitor) -> None:
    old = datetime.fromtimestamp(START - 31 * 86400, UTC).isoformat()
    assert free.get("cdc", entities="Item", changedSince=old).status_code == 400
    for start in range(0, 1020, 30):
        free.batch(items(start, start + 30))
    since = datetime.fromtimestamp(START - 60, UTC).isoformat()
    (found,) = free.get("cdc", entities="Item", changedSince=since).json()["CDCResponse"][0]["QueryResponse"]
    assert len(found["Item"]) == 1000


# --- batch ---


def test_a_batch_answers_each_item_with_its_own_fate(free: Visitor) -> None:
    answers = free.batch(
        [
            *items(1, 2),
            {"bId": "dup", "operation": "create", "Item": items(1, 2)[0]["Item"]},
            {"bId": "q", "Query": "select * from Item"},
            {"bId": "old", "operation": "update", "Item": {"Id": "77", "SyncToken": "0", "sparse": True}},
        ]
    )
    assert [row["bId"] for row in answers] == ["1", "dup", "q", "old"]
    assert answers[0]["Item"]["Name"] == "Item 001"
    assert answers[1]["Fault"]["Error"][0]["code"] == "6240"
    assert answers[2]["QueryResponse"] == {}
    assert answers[3]["Fault"]["Error"][0]["code"] == "610"


def test_an_item_of_a_batch_cannot_use_what_the_batch_makes(free: Visitor) -> None:
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    buyer = {"bId": "1", "operation": "create", "Customer": {"DisplayName": "A"}}
    bill = {"bId": "2", "operation": "create", "Invoice": {"CustomerRef": {"value": "1"}, "Line": [line]}}
    assert free.batch([buyer, bill])[1]["Fault"]["Error"][0]["code"] == "2500"


def test_thirty_items_pass_and_thirty_one_do_not(free: Visitor) -> None:
    assert len(free.batch(items(0, 30))) == 30
    answer = free.post("batch", {"BatchItemRequest": items(30, 61)})
    assert answer.json()["Fault"]["Error"][0]["code"] == "1040"


def test_an_empty_batch_is_refused(free: Visitor) -> None:
    error = free.post("batch", {"BatchItemRequest": []}).json()["Fault"]["Error"][0]
    assert (error["Message"], error["Detail"]) == ("MalformedRequest", "Batch Request is Empty")


def test_a_batch_voids_by_options(free: Visitor) -> None:
    buyer, sold = free.create("Customer", {"DisplayName": "A"}), free.batch(items(0, 1))[0]["Item"]
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": {"ItemRef": {"value": sold["Id"]}}}
    made = free.create("Invoice", {"CustomerRef": {"value": buyer["Id"]}, "Line": [line]})
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    (answer,) = free.batch([{"bId": "1", "operation": "update", "optionsData": "void", "Invoice": body}])
    assert (answer["Invoice"]["TotalAmt"], answer["Invoice"]["PrivateNote"]) == (0, "Voided")


# --- requestid ---


def test_the_same_requestid_gets_the_first_answer_and_changes_nothing(free: Visitor) -> None:
    first = free.post("customer", {"DisplayName": "A"}, requestid="r-1")
    free.control("clock", {"advance": 100})
    again = free.post("customer", {"DisplayName": "B"}, requestid="r-1")
    assert again.content == first.content
    assert len(free.ledger()["customers"]) == 1


def test_a_requestid_has_at_most_50_characters(free: Visitor) -> None:
    assert free.post("customer", {"DisplayName": "A"}, requestid="x" * 50).status_code == 200
    refusal = free.post("customer", {"DisplayName": "B"}, requestid="x" * 51)
    assert refusal.json()["Fault"]["Error"][0]["code"] == "2130"


def test_a_requestid_used_for_another_operation_is_600_or_by_switch_the_first_answer(free: Visitor) -> None:
    free.post("customer", {"DisplayName": "A"}, requestid="r-1")
    other = {"Name": "A", "Type": "Service", "IncomeAccountRef": {"value": "48"}}
    assert free.post("item", other, requestid="r-1").json()["Fault"]["Error"][0]["code"] == "600"
    free.control("switches", {"requestid_other_operation": "replay"})
    assert "Customer" in free.post("item", other, requestid="r-1").json()


def test_the_switch_forgets_a_requestid_after_some_minutes(free: Visitor) -> None:
    free.control("switches", {"requestid_remembered_minutes": 10})
    free.post("customer", {"DisplayName": "A"}, requestid="r-1")
    free.control("clock", {"advance": 601})
    assert free.post("customer", {"DisplayName": "B"}, requestid="r-1").json()["Customer"]["DisplayName"] == "B"


def test_a_batch_is_replayed_item_by_item(free: Visitor) -> None:
    first = free.batch(items(0, 3), requestid="b-1")
    assert free.batch(items(0, 3), requestid="b-1") == first
    assert len(free.ledger()["items"]) == 3


def test_a_requestid_and_bid_over_50_characters_fail_every_item(free: Visitor) -> None:
    long = [{**item, "bId": "x" * 15} for item in items(0, 1)]
    error = free.batch(long, requestid="r" * 36)[0]["Fault"]["Error"][0]
    assert error["code"] == "6000"
    assert "You cannot enter more than 50 characters in the request_id field" in error["Detail"]
    assert free.post("batch", {"BatchItemRequest": items(0, 1)}, requestid="r" * 37).status_code == 400


def test_a_dropped_answer_is_recovered_by_the_same_requestid(free: Visitor) -> None:
    free.control("faults", {"name": "drop_after"})
    with pytest.raises(httpx.TransportError):
        free.post("customer", {"DisplayName": "A"}, requestid="r-1")
    assert free.create("Customer", {"DisplayName": "A"}, requestid="r-1")["Id"] == free.ledger()["customers"][0]["id"]
    assert len(free.ledger()["customers"]) == 1


@pytest.mark.parametrize(("mode", "expected"), [("600", "600"), ("replay", None)])
def test_a_requestid_whose_first_request_still_runs_is_600_or_its_result(
    free: Visitor, mode: str, expected: str | None
) -> None:
    free.control("switches", {"requestid_while_running": mode})
    free.control("clock", {"rate": 1})
    free.control("faults", {"name": "slow", "seconds": 100})
    first = Thread(target=lambda: free.post("customer", {"DisplayName": "A"}, requestid="r-1"))
    with Visitor(free.url) as second:
        second.hold(free.tokens)
        first.start()
        deadline = time.monotonic() + 10
        while not second.control("faults")["spent"]:
            assert time.monotonic() < deadline, "the first request never arrived"
        answer = second.post("customer", {"DisplayName": "A"}, requestid="r-1").json()
        second.control("clock", {"advance": 100})
        first.join(10)
        assert not first.is_alive()
        assert len(second.ledger()["customers"]) == 1
    assert (answer["Fault"]["Error"][0]["code"] if "Fault" in answer else None) == expected


# --- limits ---


def test_the_eleventh_request_of_a_second_is_429_and_the_next_second_is_free(app: Visitor) -> None:
    assert [app.get("preferences").status_code for _ in range(11)] == [200] * 10 + [429]
    app.control("clock", {"advance": 1})
    assert app.get("preferences").status_code == 200
    assert app.control("limits")["refusals"] == {"requests per second": 1, "total": 1}


def test_the_forty_first_batch_of_a_minute_is_429(app: Visitor) -> None:
    statuses = []
    for _ in range(41):
        statuses.append(
            app.post("batch", {"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Item"}]}).status_code
        )
        app.control("clock", {"advance": 1})
    assert statuses == [200] * 40 + [429]


def test_the_five_hundred_and_first_request_of_a_minute_is_429(app: Visitor) -> None:
    statuses = []
    for _ in range(501):
        statuses.append(app.get("item/1").status_code)
        app.control("clock", {"advance": 0.11})
    assert statuses == [400] * 500 + [429]


def test_another_company_has_its_own_limits(app: Visitor) -> None:
    for _ in range(10):
        app.get("preferences")
    app.realm = "9341450000000002"
    app.sign_in()
    assert app.get("preferences").status_code == 200
