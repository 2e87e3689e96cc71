"""Clients, items, taxes and the lists they stand in: fields, refusals, search, sort, pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_freshbooks_sandbox.app import create_app
from ledgerport_freshbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Running

NOW = 1_790_000_000  # 2026-09-21 14:13:20 UTC, 10:13:20 in New York


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


@pytest.fixture
def app(server: Running) -> Iterator[Visitor]:
    """A visitor who has signed in to a fresh sandbox, limits off; the clock stands still until it is advanced."""
    with Visitor(server.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"rate": 0, "at": NOW})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def money(amount: str, code: str = "USD") -> dict[str, str]:
    return {"amount": amount, "code": code}


def told(answer: httpx.Response) -> tuple[int, int, str]:
    """(HTTP status, errno, field) of a refusal in the old envelope."""
    error = answer.json()["response"]["errors"][0]
    return answer.status_code, error["errno"], error["field"]


def names(app: Visitor, **query: Any) -> list[str]:
    return [row["organization"] for row in app.list("Customer", **query)["rows"]]


# --- clients ----------------------------------------------------------------------------------------------------------


def test_two_clients_may_have_one_email_and_usernames_are_counted(app: Visitor) -> None:
    twins = [app.create("Customer", {"fname": "Test", "lname": "Client", "email": "t@c.example"}) for _ in range(2)]
    assert [one["username"] for one in twins] == ["testclient", "testclient2"]
    assert app.list("Customer", **{"search[email]": "T@C.example"})["total"] == 2
    assert twins[0]["id"] == twins[0]["userid"]


def test_updated_is_new_york_time_and_signup_date_is_utc(app: Visitor) -> None:
    made = app.create("Customer", {"organization": "Harbor View HOA"})
    assert (made["updated"], made["signup_date"]) == ("2026-09-21 10:13:20", "2026-09-21 14:13:20")


def test_organization_stays_empty_unless_the_switch_fills_it(app: Visitor) -> None:
    person = {"fname": "Dana", "lname": "Reyes", "email": "d@h.example"}
    seen = []
    for way in ("empty", "name", "email"):
        app.control("switches", {"organization_default": way})
        seen.append(app.create("Customer", person)["organization"])
    assert seen == ["", "Dana Reyes", "d@h.example"]
    assert app.ledger()["customers"][0]["name"] == "Dana Reyes"


def test_only_the_sent_keys_of_a_client_change(app: Visitor) -> None:
    made = app.create("Customer", {"organization": "Harbor View HOA", "p_city": "Austin", "note": "n"})
    changed = app.update("Customer", made["id"], {"p_city": "Waco"})
    assert (changed["organization"], changed["p_city"], changed["note"]) == ("Harbor View HOA", "Waco", "n")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (422, 1001, "email")),
        ({"organization": "X", "email": "nobody"}, (422, 1004, "email")),
        ({"organization": "x" * 256}, (422, 1017, "organization")),
        ({"organization": {"a": 1}}, (422, 1004, "organization")),
        ({"organization": "X", "contacts": "none"}, (422, 1006, "contacts")),
    ],
)
def test_a_client_that_makes_no_sense_is_refused(
    app: Visitor, body: dict[str, Any], refusal: tuple[int, int, str]
) -> None:
    assert told(app.post("Customer", body)) == refusal
    assert app.ledger()["customers"] == []


def test_a_full_plan_refuses_clients_or_flags_them(app: Visitor) -> None:
    app.control("person", {"company": app.account, "action": "settings", "data": {"clients": 1}})
    assert app.create("Customer", {"organization": "One"})["exceeds_client_limit"] is False
    assert told(app.post("Customer", {"organization": "Two"})) == (422, 1004, "client")
    app.control("switches", {"client_limit_answer": "flag"})
    assert app.create("Customer", {"organization": "Two"})["exceeds_client_limit"] is True


def test_a_deleted_client_leaves_the_lists_but_can_be_read_and_restored(app: Visitor) -> None:
    made = app.create("Customer", {"organization": "Gone"})
    assert app.update("Customer", made["id"], {"vis_state": 1})["vis_state"] == 1
    assert names(app) == []
    assert app.read("Customer", made["id"])["vis_state"] == 1
    assert names(app, **{"search[vis_state]": "1"}) == ["Gone"]
    assert told(app.put("Customer", made["id"], {"note": "n"})) == (422, 1011, "userid")
    app.update("Customer", made["id"], {"vis_state": 0})
    assert names(app) == ["Gone"]


def test_the_switch_hides_a_deleted_client_from_reading(app: Visitor) -> None:
    made = app.create("Customer", {"organization": "Gone"})
    app.update("Customer", made["id"], {"vis_state": 1})
    app.control("switches", {"read_deleted": "refuse"})
    assert told(app.call("GET", f"users/clients/{made['id']}")) == (404, 1012, "userid")


@pytest.mark.parametrize(("shown", "listed"), [(True, ["Kept", "Put away"]), (False, ["Kept"])])
def test_archived_clients_are_listed_where_the_switch_says_so(app: Visitor, shown: bool, listed: list[str]) -> None:
    app.control("switches", {"lists_show_archived": shown})
    app.create("Customer", {"organization": "Kept"})
    away = app.create("Customer", {"organization": "Put away"})
    app.update("Customer", away["id"], {"vis_state": 2})
    assert names(app) == listed
    assert [row["active"] for row in app.ledger()["customers"]] == [True, False]


# --- search, sort, pages ----------------------------------------------------------------------------------------------


def test_unknown_search_and_sort_keys_are_ignored_without_a_word(app: Visitor) -> None:
    for name in ("Cedar", "Alder"):
        app.create("Customer", {"organization": name})
    silent = {"search[organization]": "Alder", "search[fname]": "x", "email": "nobody@x.example", "sort": "size_asc"}
    assert names(app, **silent) == ["Cedar", "Alder"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search[organization_like]": "LDE"}, ["Alder"]),
        ({"search[email_like]": "cedar"}, ["Cedar"]),
        ({"search[phone_like]": "555"}, ["Alder"]),
        ({"search[address_like]": "oak st"}, ["Cedar"]),
        ({"search[userids][]": ["56789", "56790"]}, ["Cedar", "Alder"]),
        ({"search[userid]": "56790"}, ["Alder"]),
        ({"sort": "organization_name_asc"}, ["Alder", "Cedar"]),
        ({"sort": "organization_name_desc"}, ["Cedar", "Alder"]),
    ],
)
def test_the_keys_that_work_for_clients_work(app: Visitor, query: dict[str, Any], found: list[str]) -> None:
    app.create("Customer", {"organization": "Cedar", "email": "c@cedar.example", "p_street": "9 Oak Street"})
    app.create("Customer", {"organization": "Alder", "bus_phone": "512-555-0100"})
    assert names(app, **query) == found


def test_updated_min_compares_dates_of_new_york(app: Visitor) -> None:
    app.control("clock", {"at": NOW - 10 * 3600})
    app.create("Customer", {"organization": "00:13 in New York"})
    app.control("clock", {"at": NOW - 11 * 3600})
    app.create("Customer", {"organization": "The evening before"})
    assert names(app, **{"search[updated_min]": "2026-09-21T12:00:00"}) == ["00:13 in New York"]
    assert told(app.call("GET", "users/clients", **{"search[updated_min]": "soon"}))[:2] == (422, 1016)


def test_pages_have_fifteen_rows_by_default_and_a_hundred_at_most(app: Visitor) -> None:
    for number in range(17):
        app.create("Customer", {"organization": f"C{number}"})
    first, last = app.list("Customer"), app.list("Customer", page=2)
    assert (len(first["rows"]), first["pages"], first["per_page"], first["total"]) == (15, 2, 15, 17)
    assert [row["organization"] for row in last["rows"]] == ["C15", "C16"]
    assert app.list("Customer", per_page=500)["per_page"] == 100
    assert app.list("Customer", page=9)["rows"] == []
    assert app.list("Item")["pages"] == 0


@pytest.mark.parametrize(("query", "errno"), [({"per_page": 0}, 1013), ({"page": "last"}, 1014)])
def test_a_bad_page_is_refused(app: Visitor, query: dict[str, Any], errno: int) -> None:
    assert told(app.call("GET", "users/clients", **query))[:2] == (422, errno)


# --- items and taxes --------------------------------------------------------------------------------------------------


def test_unknown_item_keys_are_dropped_without_a_word(app: Visitor) -> None:
    body = {"name": "Drain cleaning", "rate": "9", "quantity": 3, "type": "service", "taxable": True}
    made = app.create("Item", {**body, "unit_cost": money("145"), "qty": 2})
    assert body.keys() & made.keys() == {"name"}
    assert (made["unit_cost"], made["qty"], made["inventory"]) == (money("145.00"), "2", None)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"sku": "X"}, (422, 1001, "name")),
        ({"name": "X", "unit_cost": "145"}, (422, 1006, "unit_cost")),
        ({"name": "X", "unit_cost": money("dear")}, (422, 1015, "unit_cost.amount")),
        ({"name": "X", "unit_cost": money("1", "CAD")}, (422, 1004, "unit_cost.code")),
        ({"name": "X", "tax1": 1}, (422, 1012, "tax1")),
        ({"name": "X", "tax1": 7840, "tax2": 7840}, (422, 1019, "tax2")),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(
    app: Visitor, body: dict[str, Any], refusal: tuple[int, int, str]
) -> None:
    assert told(app.post("Item", body)) == refusal


def test_two_items_may_have_one_name_and_no_search_narrows_them(app: Visitor) -> None:
    for price in ("1", "2"):
        app.create("Item", {"name": "Valve", "unit_cost": money(price)})
    assert app.list("Item", **{"search[name]": "nothing"})["total"] == 2


@pytest.mark.parametrize(("way", "found"), [("none", ["Kept"]), ("common", ["Gone"])])
def test_deleted_items_are_searched_for_only_where_the_switch_says_so(app: Visitor, way: str, found: list[str]) -> None:
    app.control("switches", {"item_filters": way})
    gone = app.create("Item", {"name": "Gone"})
    app.create("Item", {"name": "Kept"})
    app.update("Item", gone["id"], {"vis_state": 1})
    assert [row["name"] for row in app.list("Item", **{"search[vis_state]": "1"})["rows"]] == found


def test_a_deleted_item_stays_in_the_ledger_as_inactive(app: Visitor) -> None:
    made = app.create("Item", {"name": "Valve", "unit_cost": money("12.345")})
    app.update("Item", made["id"], {"vis_state": 1})
    (row,) = app.ledger()["items"]
    assert (row["name"], row["price"], row["active"]) == ("Valve", "12.35", False)
    assert app.list("Item")["total"] == 0


def test_an_account_without_the_item_module_answers_200_with_an_error(app: Visitor) -> None:
    app.control("person", {"company": app.account, "action": "settings", "data": {"items_module": False}})
    assert told(app.call("GET", "items/items")) == (200, 12001, "")
    assert app.call("GET", "users/clients").status_code == 200


def test_the_taxes_of_a_fresh_account_are_texan(app: Visitor) -> None:
    taxes = [(row["taxid"], row["name"], row["amount"]) for row in app.list("Tax")["rows"]]
    assert taxes == [(7840, "Texas Sales Tax", "8.25"), (7841, "City Surcharge", "1")]
    assert told(app.post("Tax", {"name": "Too much", "amount": 101})) == (422, 1018, "amount")


# --- shapes of refusals -----------------------------------------------------------------------------------------------


def test_the_new_envelope_comes_with_a_newer_version_or_by_switch(app: Visitor) -> None:
    path = f"/accounting/account/{app.account}/users/clients/1"
    newer = app.http.get(path, headers={"x-api-version": "2022-10-31"}).json()
    assert newer["code"] == 5
    assert newer["details"][0]["metadata"]["field"] == "userid"
    assert "response" in app.http.get(path, headers={"x-api-version": "2020-01-01"}).json()
    app.control("switches", {"error_envelope": "new"})
    assert app.http.get(path).json()["details"][0]["reason"] == "1012"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounting/account/439000/users/clients", 404),  # a business id where an account id belongs
        ("/accounting/businesses/6BApk/ledger_accounts/accounts", 404),
        ("/comments/business/6BApk/services", 404),
        ("/events/account/439000/events/callbacks", 404),
        ("/accounting/account/6BApk/dragons/dragons", 404),
    ],
)
def test_a_wrong_kind_of_id_is_a_404_without_a_useful_word(app: Visitor, path: str, status: int) -> None:
    assert app.http.get(path).status_code == status


def test_a_body_that_is_no_json_is_a_parse_error(app: Visitor) -> None:
    answer = app.http.post(f"/accounting/account/{app.account}/users/clients", content=b"{")
    assert told(answer) == (400, 1005, "")


def test_a_service_makes_a_task_and_keeps_its_rate(app: Visitor) -> None:
    made = app.http.post("/comments/business/439000/service", json={"service": {"name": "Inspection"}}).json()
    rate = f"/comments/business/439000/service/{made['service']['id']}/rate"
    app.http.post(rate, json={"service_rate": {"rate": "95"}})
    (task,) = app.list("Service")["rows"]
    assert (task["name"], task["rate"]) == ("Inspection", money("95.00"))
