"""The plugin's table of contents: each hook of the contract, in its order. There are no batches over there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import SecretStr

from ledgerport.contract import (
    Account,
    Change,
    ChangeNotice,
    Company,
    Customer,
    Endpoint,
    Estimate,
    Grant,
    Invoice,
    Item,
    LedgerAccount,
    Page,
    Payment,
    ProviderTerms,
    PulledCustomer,
    PulledItem,
    PulledPayment,
    Push,
    Remote,
    TaxCode,
    Value,
    hookimpl,
)
from ledgerport_freshbooks import companies, lookups, pulls, pushes, tokens, webhooks
from ledgerport_freshbooks.client import CLIENTS, ITEMS, PAYMENTS
from ledgerport_freshbooks.mapping import customers, items, payments
from ledgerport_freshbooks.shapes import CUSTOMER, ESTIMATE, ITEM
from ledgerport_freshbooks.terms import TERMS


@hookimpl
def provider_terms() -> ProviderTerms:
    return TERMS


@hookimpl
def open_companies(account: Account) -> list[Company]:
    return companies.reached(account)


@hookimpl
def refresh_token(grant: Grant, endpoint: Endpoint) -> Grant:
    return tokens.refresh(grant, endpoint)


@hookimpl
def revoke_token(grant: Grant, endpoint: Endpoint) -> bool:
    return tokens.revoke(grant, endpoint)


@hookimpl
def push_customer(account: Account, push: Push[Customer]) -> Remote:
    return pushes.push_one(account, CUSTOMER, push)


@hookimpl
def push_item(account: Account, push: Push[Item]) -> Remote:
    return pushes.push_one(account, ITEM, push)


@hookimpl
def push_invoice(account: Account, push: Push[Invoice]) -> Remote:
    return pushes.push_invoice(account, push)


@hookimpl
def push_estimate(account: Account, push: Push[Estimate]) -> Remote:
    return pushes.push_one(account, ESTIMATE, push)


@hookimpl
def push_payment(account: Account, push: Push[Payment]) -> Remote:
    return pushes.push_payment(account, push)


@hookimpl
def void_invoice(account: Account, push: Push[Invoice]) -> Remote:
    return pushes.void_invoice(account, push)


@hookimpl
def delete_payment(account: Account, push: Push[Payment]) -> Remote:
    return pushes.delete_payment(account, push)


@hookimpl
def on_duplicate_name(account: Account, push: Push[Value]) -> list[Remote]:
    return lookups.holders_of_name(account, push)


@hookimpl
def find_customers(account: Account, email: str) -> list[Remote]:
    return lookups.customers_with(account, email)


@hookimpl
def find_pushed(account: Account, push: Push[Value]) -> list[Remote]:
    return lookups.pushed(account, [push])[0]


@hookimpl
def find_pushed_batch(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    return lookups.pushed(account, pushes)


@hookimpl
def pull_customers(account: Account, cursor: str | None) -> Page[PulledCustomer]:
    currency = account.company.currency
    return pulls.page(account, CLIENTS, cursor, lambda row: customers.pulled(row, currency))


@hookimpl
def pull_items(account: Account, cursor: str | None) -> Page[PulledItem]:
    currency = account.company.currency
    return pulls.page(account, ITEMS, cursor, lambda row: items.pulled(row, currency))


@hookimpl
def pull_payments(account: Account, cursor: str | None) -> Page[PulledPayment]:
    return pulls.page(account, PAYMENTS, cursor, payments.pulled)


@hookimpl
def pull_accounts(account: Account) -> list[LedgerAccount]:
    return pulls.ledger_accounts(account)


@hookimpl
def pull_tax_codes(account: Account) -> list[TaxCode]:
    return pulls.tax_codes(account)


@hookimpl
def pull_changes(account: Account, since: datetime) -> Page[Change]:
    return pulls.changes(account, since)


@hookimpl
def register_webhook(account: Account, address: str) -> list[str]:
    return webhooks.register(account, address)


@hookimpl
def confirm_webhook(account: Account, body: bytes) -> SecretStr | None:
    return webhooks.confirm(account, body)


@hookimpl
def read_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:
    return webhooks.read(headers, body, secret)
