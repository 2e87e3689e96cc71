"""The plugin's table of contents: each hook of the contract, in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

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
    Outcome,
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
from ledgerport_xero import batches, companies, lookups, pulls, pushes, tokens, webhooks
from ledgerport_xero.shapes import CUSTOMER, ESTIMATE, INVOICE, ITEM, PAYMENT
from ledgerport_xero.terms import TERMS


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
def revoke_token(grant: Grant, endpoint: Endpoint, company: Company | None) -> bool:
    return tokens.end(grant, endpoint, company)


@hookimpl
def push_customer(account: Account, push: Push[Customer]) -> Remote:
    return pushes.push_one(account, CUSTOMER, push)


@hookimpl
def push_customer_batch(account: Account, pushes: Sequence[Push[Customer]]) -> list[Outcome]:
    return batches.push_batch(account, CUSTOMER, pushes)


@hookimpl
def push_item(account: Account, push: Push[Item]) -> Remote:
    return pushes.push_one(account, ITEM, push)


@hookimpl
def push_item_batch(account: Account, pushes: Sequence[Push[Item]]) -> list[Outcome]:
    return batches.push_batch(account, ITEM, pushes)


@hookimpl
def push_invoice(account: Account, push: Push[Invoice]) -> Remote:
    return pushes.push_one(account, INVOICE, push)


@hookimpl
def push_invoice_batch(account: Account, pushes: Sequence[Push[Invoice]]) -> list[Outcome]:
    return batches.push_batch(account, INVOICE, pushes)


@hookimpl
def push_estimate(account: Account, push: Push[Estimate]) -> Remote:
    return pushes.push_one(account, ESTIMATE, push)


@hookimpl
def push_estimate_batch(account: Account, pushes: Sequence[Push[Estimate]]) -> list[Outcome]:
    return batches.push_batch(account, ESTIMATE, pushes)


@hookimpl
def push_payment(account: Account, push: Push[Payment]) -> Remote:
    return pushes.push_one(account, PAYMENT, push)


@hookimpl
def push_payment_batch(account: Account, pushes: Sequence[Push[Payment]]) -> list[Outcome]:
    return batches.push_batch(account, PAYMENT, pushes)


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
    return lookups.customers_with(account, [email])[email]


@hookimpl
def find_customers_batch(account: Account, emails: Sequence[str]) -> Mapping[str, list[Remote]]:
    return lookups.customers_with(account, emails)


@hookimpl
def find_pushed(account: Account, push: Push[Value]) -> list[Remote]:
    return lookups.pushed(account, [push])[0]


@hookimpl
def find_pushed_batch(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    return lookups.pushed(account, pushes)


@hookimpl
def pull_customers(account: Account, cursor: str | None) -> Page[PulledCustomer]:
    return pulls.customer_page(account, cursor)


@hookimpl
def pull_items(account: Account) -> Page[PulledItem]:
    return pulls.item_page(account)


@hookimpl
def pull_payments(account: Account, cursor: str | None) -> Page[PulledPayment]:
    return pulls.payment_page(account, cursor)


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
def read_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:
    return webhooks.read(headers, body, secret)
