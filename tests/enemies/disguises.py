"""What each enemy does otherwise than the honest plugin: (the honest hooks) -> the hooks that take their places."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any

from ledgerport.contract import (
    Account,
    Company,
    Customer,
    Endpoint,
    Grant,
    Invoice,
    Kind,
    Page,
    Payment,
    ProviderTerms,
    PulledCustomer,
    Push,
    Refused,
    Remote,
    TryLater,
    Unknown,
    Value,
    hookimpl,
)

Hooks = dict[str, Callable[..., Any]]
# Set it, and every call that hangs returns.
LET_GO = threading.Event()
# What `wrong_company` writes to: the first books that it was ever given.
_first_seen: list[Company] = []
_made_up = itertools.count(1)


def nothing(_honest: ModuleType) -> Hooks:
    return {}


def raises_at_import(_honest: ModuleType) -> Hooks:
    raise OSError("libledger.so.3: cannot open shared object file")


def wrong_signature(_honest: ModuleType) -> Hooks:
    @hookimpl
    def push_customer(account: Account, customer: Customer) -> Remote:
        raise AssertionError("nobody can call this")

    return {"push_customer": push_customer}


def wrong_contract(honest: ModuleType) -> Hooks:
    terms: ProviderTerms = replace(honest.TERMS, contract=(99, 99))

    @hookimpl
    def provider_terms() -> ProviderTerms:
        return terms

    return {"provider_terms": provider_terms}


def returns_nonsense(honest: ModuleType) -> Hooks:
    @hookimpl
    def push_customer(account: Account, push: Push[Customer]) -> Any:
        return {"id": honest.push_customer(account=account, push=push).id}

    return {"push_customer": push_customer}


def hangs(_honest: ModuleType) -> Hooks:
    @hookimpl
    def push_customer(account: Account, push: Push[Customer]) -> Remote:
        LET_GO.wait()
        raise TryLater("It was let go.")

    return {"push_customer": push_customer}


def falls_over(_honest: ModuleType) -> Hooks:
    """As after an upgrade that nobody tried: whatever it is asked about customers is too much for it."""

    @hookimpl
    def find_customers(account: Account, email: str) -> list[Remote]:
        raise KeyError(email)

    @hookimpl
    def push_customer(account: Account, push: Push[Customer]) -> Remote:
        raise KeyError(push.value.name)

    return {"find_customers": find_customers, "push_customer": push_customer}


def leaks_tokens(honest: ModuleType) -> Hooks:
    @hookimpl
    def refresh_token(grant: Grant, endpoint: Endpoint) -> Grant:
        fresh: Grant = honest.refresh_token(grant=grant, endpoint=endpoint)
        logging.getLogger("leaky").info("refreshed, now %s", fresh.access_token.get_secret_value())
        return fresh

    return {"refresh_token": refresh_token}


def pays_twice(honest: ModuleType) -> Hooks:
    """Posts each payment in two halves, of which the hub is told one."""

    @hookimpl
    def push_payment(account: Account, push: Push[Payment]) -> Any:
        half = replace(push, value=replace(push.value, amount=push.value.amount / 2))
        honest.push_payment(account=account, push=half)
        return honest.push_payment(account=account, push=half)

    return {"push_payment": push_payment}


def repeats_in_the_dark(honest: ModuleType) -> Hooks:
    """Sends a payment whose answer was lost again at once."""

    @hookimpl
    def push_payment(account: Account, push: Push[Payment]) -> Any:
        try:
            return honest.push_payment(account=account, push=push)
        except Unknown:
            return honest.push_payment(account=account, push=push)

    return {"push_payment": push_payment}


def never_looks(_honest: ModuleType) -> Hooks:
    """Says that nothing arrived without asking."""

    @hookimpl
    def find_pushed(account: Account, push: Push[Value]) -> list[Remote]:
        return []

    @hookimpl
    def find_pushed_batch(account: Account, pushes: list[Push[Value]]) -> list[list[Remote]]:
        return [[] for _ in pushes]

    return {"find_pushed": find_pushed, "find_pushed_batch": find_pushed_batch}


def believes_the_gateway(honest: ModuleType) -> Hooks:
    """Takes every unknown outcome of a payment for a certain failure."""

    @hookimpl
    def push_payment(account: Account, push: Push[Payment]) -> Any:
        try:
            return honest.push_payment(account=account, push=push)
        except Unknown as lost:
            raise TryLater(lost.reason) from lost

    return {"push_payment": push_payment}


def wrong_company(honest: ModuleType) -> Hooks:
    """Ignores the account: writes to the company it was given first."""

    @hookimpl
    def push_customer(account: Account, push: Push[Customer]) -> Any:
        if not _first_seen:
            _first_seen.append(account.company)
        return honest.push_customer(account=replace(account, company=_first_seen[0]), push=push)

    return {"push_customer": push_customer}


def never_pages_on(honest: ModuleType) -> Hooks:
    @hookimpl
    def pull_customers(account: Account, cursor: str | None) -> Page[PulledCustomer]:
        page: Page[PulledCustomer] = honest.pull_customers(account=account, cursor=None)
        return replace(page, next="again")

    return {"pull_customers": pull_customers}


def swallows_refusals(honest: ModuleType) -> Hooks:
    """Answers that an invoice is in the books although it was refused."""

    @hookimpl
    def push_invoice(account: Account, push: Push[Invoice]) -> Any:
        try:
            return honest.push_invoice(account=account, push=push)
        except Refused:
            return Remote(id=f"made-up-{next(_made_up)}", kind=Kind.INVOICE, total=push.value.total)

    return {"push_invoice": push_invoice}


def rounds_money(honest: ModuleType) -> Hooks:
    @hookimpl
    def push_payment(account: Account, push: Push[Payment]) -> Any:
        whole = push.value.amount.quantize(Decimal(1))
        return honest.push_payment(account=account, push=replace(push, value=replace(push.value, amount=whole)))

    return {"push_payment": push_payment}


def over_the_limit(honest: ModuleType) -> Hooks:
    """Declares ten times of what the provider allows."""
    terms: ProviderTerms = honest.TERMS
    many = replace(terms, limits=tuple(replace(limit, count=10 * limit.count) for limit in terms.limits))

    @hookimpl
    def provider_terms() -> ProviderTerms:
        return many

    return {"provider_terms": provider_terms}
