"""The contract: what the hub asks a plugin.

Always one plugin, always by keyword, first result wins. A hook that a plugin does not implement means "not offered":
the engine falls back or the console hides it. Every hook may raise any branch of `errors.py`; what is named below is
what the hub expects of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pluggy
from pydantic import SecretStr

from ledgerport.contract.account import Account, Callback, Endpoint, Grant
from ledgerport.contract.errors import ContractError
from ledgerport.contract.terms import ProviderTerms
from ledgerport.contract.values import (
    Change,
    ChangeNotice,
    Company,
    Customer,
    Estimate,
    Invoice,
    Item,
    LedgerAccount,
    Page,
    Payment,
    PulledCustomer,
    PulledItem,
    PulledPayment,
    Push,
    Remote,
    TaxCode,
    Value,
)

PROJECT = "ledgerport"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Outcome = Remote | ContractError


@hookspec(firstresult=True)
def provider_terms() -> ProviderTerms:  # type: ignore[empty-body]
    """Declare the provider.

    Asked once, at start; must not touch the network.
    """


@hookspec(firstresult=True)
def open_companies(account: Account, callback: Callback) -> list[Company]:  # type: ignore[empty-body]
    """After consent, or with an API key that was typed: the companies this grant reaches.

    `account.company.id` is empty here. With a key, `callback.query` and `account.company.facts` hold what was typed
    beside it.
    """


@hookspec(firstresult=True)
def refresh_token(grant: Grant, endpoint: Endpoint) -> Grant:  # type: ignore[empty-body]
    """Trade the refresh token, once, and nothing else; not asked with an API key.

    LoginNeeded only for `invalid_grant`; TryLater for all that may pass.
    """


@hookspec(firstresult=True)
def revoke_token(grant: Grant, endpoint: Endpoint, company: Company | None) -> bool:  # type: ignore[empty-body]
    """On disconnect: end the grant over there, or, where that would end other companies' access too, this company's
    part of it.

    True when it is ended, also when it was already. `company` None: a grant that was never used for any.
    """


@hookspec(firstresult=True)
def push_customer(account: Account, push: Push[Customer]) -> Remote:  # type: ignore[empty-body]
    """Create or update one customer.

    NameTaken when the name is in use.
    """


@hookspec(firstresult=True)
def push_customer_batch(account: Account, pushes: Sequence[Push[Customer]]) -> list[Outcome]:  # type: ignore[empty-body]
    """Create or update several customers in one request: one Remote or error per push, in order."""


@hookspec(firstresult=True)
def push_item(account: Account, push: Push[Item]) -> Remote:  # type: ignore[empty-body]
    """Create or update one item; also the way on when a whole batch fails.

    NameTaken when the name is in use.
    """


@hookspec(firstresult=True)
def push_item_batch(account: Account, pushes: Sequence[Push[Item]]) -> list[Outcome]:  # type: ignore[empty-body]
    """Create or update up to the declared number of items in one request: one Remote or error per push, in order."""


@hookspec(firstresult=True)
def push_invoice(account: Account, push: Push[Invoice]) -> Remote:  # type: ignore[empty-body]
    """Create or update one invoice.

    The Remote carries the provider's own total. NameTaken(field="number") for a used number.
    """


@hookspec(firstresult=True)
def push_invoice_batch(account: Account, pushes: Sequence[Push[Invoice]]) -> list[Outcome]:  # type: ignore[empty-body]
    """Several invoices in one request: one Remote or error per push, in order."""


@hookspec(firstresult=True)
def push_estimate(account: Account, push: Push[Estimate]) -> Remote:  # type: ignore[empty-body]
    """Create or update one estimate.

    The Remote carries the provider's own total.
    """


@hookspec(firstresult=True)
def push_estimate_batch(account: Account, pushes: Sequence[Push[Estimate]]) -> list[Outcome]:  # type: ignore[empty-body]
    """Several estimates in one request: one Remote or error per push, in order."""


@hookspec(firstresult=True)
def push_payment(account: Account, push: Push[Payment]) -> Remote:  # type: ignore[empty-body]
    """One payment applied to one invoice, with the push's marker where it can be searched."""


@hookspec(firstresult=True)
def push_payment_batch(account: Account, pushes: Sequence[Push[Payment]]) -> list[Outcome]:  # type: ignore[empty-body]
    """Several payments in one request: one Remote or error per push, in order."""


@hookspec(firstresult=True)
def void_invoice(account: Account, push: Push[Invoice]) -> Remote:  # type: ignore[empty-body]
    """Void a pushed invoice: it stays in the books with a total of zero, or leaves them (terms: `voids_delete`).

    Gone when it is not there any more.
    """


@hookspec(firstresult=True)
def delete_payment(account: Account, push: Push[Payment]) -> Remote:  # type: ignore[empty-body]
    """Take a pushed payment out of the books.

    Gone when it is not there any more.
    """


@hookspec(firstresult=True)
def on_duplicate_name(account: Account, push: Push[Value]) -> list[Remote]:  # type: ignore[empty-body]
    """The name or number is taken: who has it?

    Candidates of any kind, inactive ones too; the engine decides.
    """


@hookspec(firstresult=True)
def find_customers(account: Account, email: str) -> list[Remote]:  # type: ignore[empty-body]
    """Customers that have this e-mail, inactive ones too."""


@hookspec(firstresult=True)
def find_customers_batch(account: Account, emails: Sequence[str]) -> Mapping[str, list[Remote]]:  # type: ignore[empty-body]
    """The same for several e-mails in as few requests as can be; every e-mail asked for is a key of the answer."""


@hookspec(firstresult=True)
def find_pushed(account: Account, push: Push[Value]) -> list[Remote]:  # type: ignore[empty-body]
    """After an unknown outcome: did it arrive?

    By marker, number, or natural key. None, one, or several (a conflict).
    """


@hookspec(firstresult=True)
def find_pushed_batch(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:  # type: ignore[empty-body]
    """The same for a batch, in order, in as few requests as can be."""


@hookspec(firstresult=True)
def pull_customers(account: Account, cursor: str | None) -> Page[PulledCustomer]:  # type: ignore[empty-body]
    """One page of customers; `cursor` None is the first page."""


@hookspec(firstresult=True)
def pull_items(account: Account, cursor: str | None) -> Page[PulledItem]:  # type: ignore[empty-body]
    """One page of items."""


@hookspec(firstresult=True)
def pull_payments(account: Account, cursor: str | None) -> Page[PulledPayment]:  # type: ignore[empty-body]
    """One page of payments."""


@hookspec(firstresult=True)
def pull_accounts(account: Account) -> list[LedgerAccount]:  # type: ignore[empty-body]
    """The active accounts that items and payments can be booked to."""


@hookspec(firstresult=True)
def pull_tax_codes(account: Account) -> list[TaxCode]:  # type: ignore[empty-body]
    """The active tax codes."""


@hookspec(firstresult=True)
def pull_changes(account: Account, since: datetime) -> Page[Change]:  # type: ignore[empty-body]
    """What changed since a moment (UTC), deletions included.

    `Page.next` is the moment to ask from again, ISO 8601.
    """


@hookspec(firstresult=True)
def register_webhook(account: Account, address: str) -> list[str]:  # type: ignore[empty-body]
    """Ask for deliveries to an address (https) where that is done by API: the registrations' ids."""


@hookspec(firstresult=True)
def confirm_webhook(account: Account, body: bytes) -> SecretStr | None:
    """A delivery that is the provider's handshake: answer it, and return the secret that later deliveries are signed
    with.

    None when it is no handshake.
    """


@hookspec(firstresult=True)
def read_webhook(headers: Mapping[str, str], body: bytes, secret: str) -> list[ChangeNotice]:  # type: ignore[empty-body]
    """Verify a delivery over its raw bytes, then parse it.

    Refused when the signature does not fit. Header names are lower case.
    """
