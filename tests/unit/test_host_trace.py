"""`LEDGERPORT_TRACE_HOOKS=1`: a line for each hook call, without secrets and personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr
from tests.factories import terms

from ledgerport import logs
from ledgerport.contract import (
    Account,
    Address,
    Broken,
    Company,
    Customer,
    Endpoint,
    Grant,
    Kind,
    KindTerms,
    NameTaken,
    Page,
    Payment,
    PulledCustomer,
    Push,
    Reference,
    Remote,
    SystemClock,
    hookimpl,
)
from ledgerport.host import Guard, Provider

# Everything that may not be in a trace.
PERSONAL = ("Jon Doe", "jon@doe.example", "555-0100", "12 Elm Street", "Doe Plumbing", "check 4711")
SECRETS = ("opaque-access-7f3a", "opaque-refresh-9b1c", "webhook-secret-5d2e")
CUSTOMER = Customer(
    ref="C-1", name="Jon Doe", email="jon@doe.example", phone="555-0100", address=Address(line1="12 Elm Street")
)
PAYMENT = Payment(
    ref="P-1",
    customer=Reference(ref="C-1", remote_id="88", name="Jon Doe"),
    invoice=Reference(ref="INV-1", remote_id="99"),
    amount=Decimal("350.00"),
    paid_on=date(2026, 5, 4),
    reference="check 4711",
)
REMOTE = Remote(id="88", kind="customer", name="Jon Doe", email="jon@doe.example", phone="555-0100")
GRANT = Grant(
    access_token=SecretStr(SECRETS[0]),
    refresh_token=SecretStr(SECRETS[1]),
    access_expires_at=datetime(2030, 1, 1, tzinfo=UTC),
)


class Plugin:
    @hookimpl
    def push_customer(self, account: Account, push: Push[Customer]) -> Any:
        raise NameTaken("Jon Doe is there already.", detail="jon@doe.example", trace_id="trace-1")

    @hookimpl
    def push_payment(self, account: Account, push: Push[Payment]) -> Any:
        raise KeyError("Jon Doe")

    @hookimpl
    def push_customer_batch(self, account: Account, pushes: Any) -> Any:
        return [replace(REMOTE, id=str(number)) for number in range(len(pushes))]

    @hookimpl
    def find_customers(self, account: Account, email: str) -> Any:
        return [REMOTE]

    @hookimpl
    def find_customers_batch(self, account: Account, emails: Any) -> Any:
        return {}

    @hookimpl
    def pull_customers(self, account: Account, cursor: str | None) -> Any:
        return Page(rows=[PulledCustomer(remote=REMOTE, value=CUSTOMER)], next="https://x.example/?token=1")

    @hookimpl
    def refresh_token(self, grant: Grant, endpoint: Endpoint) -> Any:
        return grant

    @hookimpl
    def read_webhook(self, headers: Any, body: bytes, secret: str) -> Any:
        return []


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    logs.set_up(stream=stream)
    yield stream
    logging.getLogger().handlers, logging.getLogger().level = before
    structlog.reset_defaults()


def ask_everything(provider: Provider) -> None:
    failed: list[str] = []
    with httpx.Client() as http:
        account = Account(http=http, company=Company(id="9130", name="Doe Plumbing"))
        endpoint = Endpoint(http=http, token_url="https://x.example/t", revoke_url="", clock=SystemClock())
        push = Push(value=CUSTOMER, operation_id="op-1", marker="LP-1")
        for hook, arguments in (
            ("push_customer", {"account": account, "push": push}),
            ("push_payment", {"account": account, "push": Push(value=PAYMENT, operation_id="op-2")}),
            ("push_customer_batch", {"account": account, "pushes": [push] * 30}),
            ("find_customers", {"account": account, "email": "jon@doe.example"}),
            ("find_customers_batch", {"account": account, "emails": ["jon@doe.example"]}),
            ("pull_customers", {"account": account, "cursor": None}),
            ("refresh_token", {"grant": GRANT, "endpoint": endpoint}),
            ("read_webhook", {"headers": {"x-sign": "1"}, "body": b'"Jon Doe"', "secret": SECRETS[2]}),
        ):
            try:
                provider.ask(hook, **arguments)
            except (NameTaken, Broken):
                failed.append(hook)
    assert failed == ["push_customer", "push_payment", "find_customers_batch"]


def provider(*, trace: bool) -> Provider:
    its = replace(terms("alpha"), kinds={Kind.CUSTOMER: KindTerms()})
    return Provider(its, Plugin(), "alpha 1", 5.0, guard=Guard(trace=trace))


def test_each_call_is_a_line_with_arguments_outcome_and_time(said: io.StringIO) -> None:
    ask_everything(provider(trace=True))
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    by_hook = {line["hook"]: line for line in lines}
    assert len(lines) == 8
    assert by_hook["push_customer"]["given"] == {
        "account": {"company": "9130"},
        "push": {"kind": "Customer", "ref": "C-1", "operation": "op-1", "position": 1},
    }
    assert by_hook["push_customer"]["outcome"] == {"raised": "NameTaken", "trace_id": "trace-1"}
    assert by_hook["push_payment"]["outcome"] == {"raised": "KeyError"}
    assert by_hook["push_customer_batch"]["outcome"][-1] == "and 25 more"
    assert by_hook["find_customers"]["outcome"] == [{"remote": "88", "kind": "customer"}]
    assert "1 of 1 e-mails" in by_hook["find_customers_batch"]["nonsense"]
    assert by_hook["pull_customers"]["outcome"] == {"rows": 1, "more": True}
    assert by_hook["refresh_token"]["outcome"] == "Grant"
    assert all(line["ms"] >= 0 and line["provider"] == "alpha" for line in lines)


def test_no_secret_and_nothing_personal_is_in_it(said: io.StringIO) -> None:
    ask_everything(provider(trace=True))
    everything = said.getvalue()
    assert everything
    assert [word for word in (*PERSONAL, *SECRETS) if word in everything] == []


def test_nothing_is_written_when_it_is_off(said: io.StringIO) -> None:
    ask_everything(provider(trace=False))
    assert said.getvalue() == ""
