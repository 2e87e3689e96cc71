"""Xero's sandbox: what the documents leave open, switched to its other side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.xero_desk import contact, draft, fresh, invoice, line, refusal, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


def switch(app: Visitor, **values: Any) -> None:
    app.control("switches", values)


def test_members_of_401_and_403_may_be_lower_case(app: Visitor) -> None:
    switch(app, error_keys="lower")
    app.tenant = ""
    assert app.get("Contacts").json().keys() == {"title", "status", "detail", "instance"}


def test_a_withdrawn_grant_may_be_403(app: Visitor) -> None:
    switch(app, revoked_status=403)
    app.control("revoke", {})
    answer = app.get("Contacts")
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_a_missing_scope_may_be_403(running: Running) -> None:
    with fresh(running) as app:
        app.sign_in(scope="accounting.contacts")
        switch(app, scope_status=403)
        answer = app.get("Invoices")
        assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthorizationUnsuccessful")


def test_404_may_be_json(app: Visitor) -> None:
    switch(app, not_found_body="json")
    answer = app.get("Invoices/nope").json()
    assert (answer["Status"], answer["Detail"]) == (404, "The resource you're looking for cannot be found")


@pytest.mark.parametrize(("kind", "start"), [("text", "Request"), ("html", "<html>"), ("empty", "")])
def test_the_body_of_413_is_of_choice(app: Visitor, kind: str, start: str) -> None:
    switch(app, too_large_body=kind)
    answer = app.put("Contacts", {"Name": "x" * 3_500_000})
    assert answer.status_code == 413
    assert answer.text[: len(start) or None] == start


def test_the_body_of_500_may_be_html(app: Visitor) -> None:
    switch(app, server_error_body="html")
    app.control("faults", {"name": "status", "status": 500})
    assert app.get("Contacts").headers["content-type"].startswith("text/html")


def test_the_body_of_429_may_be_text(app: Visitor) -> None:
    switch(app, throttle_body="text")
    app.control("faults", {"name": "throttle"})
    answer = app.get("Contacts")
    assert (answer.status_code, answer.headers["x-rate-limit-problem"]) == (429, "minute")
    assert "rate limit" in answer.text


def test_503_may_name_maintenance(app: Visitor) -> None:
    switch(app, unavailable_text="The Xero API is currently offline for maintenance")
    app.control("faults", {"name": "status", "status": 503})
    assert app.get("Contacts").text == "The Xero API is currently offline for maintenance"


def test_lives_of_codes_and_tokens_are_of_choice(app: Visitor) -> None:
    switch(app, code_life_seconds=30, access_minutes=5, grace_minutes=0)
    code = app.decide()["code"]
    app.control("clock", {"advance": 31})
    assert app.exchange(code).status_code == 400
    first = app.sign_in()
    assert first["expires_in"] == 300
    app.refresh(first["refresh_token"])
    assert app.refresh(first["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_due_date_may_be_left_out(app: Visitor) -> None:
    switch(app, due_date_required=False)
    assert invoice(app, DueDate=None)["DueDateString"] == "2026-08-03T00:00:00"


def test_quotes_may_jump_and_be_changed_in_part(app: Visitor) -> None:
    switch(app, quote_transitions="any", quote_update_needs_all=False)
    body = {"Contact": {"ContactID": contact(app)["ContactID"]}, "Date": "2026-08-03", "LineItems": [line()]}
    made = app.create("Quotes", body)
    changed = app.change("Quotes", made["QuoteID"], {"Status": "INVOICED", "Title": "T"})
    assert (changed["Status"], changed["Title"], changed["Total"]) == ("INVOICED", "T", 100.0)


def test_a_key_lives_as_long_as_the_switch_says(app: Visitor) -> None:
    switch(app, idempotency_minutes=1)
    for seconds, status in ((0, 200), (59, 200), (1, 400)):
        app.control("clock", {"advance": seconds})
        answer = app.call("PUT", "Contacts", {"Name": "A"}, {"idempotency-key": "k"})
        assert answer.status_code == status


def test_every_switch_accepts_each_of_its_choices(app: Visitor) -> None:
    for name, row in app.control("switches").items():
        for choice in row["choices"] or [row["default"]]:
            switch(app, **{name: choice})
        switch(app, **{name: row["default"]})
    assert refusal(app.put("Invoices", draft(app, "", Contact=None))) == (
        "A Contact must be specified for this type of transaction"
    )
