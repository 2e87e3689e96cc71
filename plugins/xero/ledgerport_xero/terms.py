"""What Xero declares: kinds, batch sizes, limits, OAuth addresses.

Sources are the sections of the provider's fact sheet; a comment says where a figure is a choice of ours.
"""

from __future__ import annotations

from datetime import timedelta

from ledgerport.contract import (
    CONTRACT_VERSION,
    ClientAuth,
    Idempotency,
    KeyTrust,
    Kind,
    KindTerms,
    Limit,
    Lookup,
    NameRules,
    OAuthTerms,
    ProviderTerms,
    Scope,
)

SLUG = "xero"
BATCH = 50  # advised; no kind has a lower number
MAX_BODY = 3_400_000  # bytes: a POST may have 3.5 MB
PAGE_SIZE = 1000  # the most that a page of most lists holds

TERMS = ProviderTerms(
    slug=SLUG,
    label="Xero",
    color="#13B5EA",
    api_url="https://api.xero.com",
    kinds={
        Kind.CUSTOMER: KindTerms(
            pull=True,
            batch_size=BATCH,
            # Unique among active contacts, suppliers included.
            name=NameRules(max_length=255),
            lookups=frozenset({Lookup.EMAIL, Lookup.NAME, Lookup.MARKER}),
        ),
        Kind.ITEM: KindTerms(
            pull=True,
            batch_size=BATCH,
            name=NameRules(max_length=50, unique=False, enforced=False),
            # A quotation mark cannot be written in a filter, a comma and a slash part lists and addresses: an item
            # with one of them could be sent, but not looked up again.
            code=NameRules(max_length=30, forbidden='"\\,/'),
            lookups=frozenset({Lookup.NUMBER}),
            needs_income_account=True,
        ),
        Kind.INVOICE: KindTerms(
            batch_size=BATCH,
            lookups=frozenset({Lookup.NUMBER, Lookup.MARKER}),
            needs_income_account=True,
            needs_tax_codes=True,
        ),
        Kind.ESTIMATE: KindTerms(
            batch_size=BATCH,
            lookups=frozenset({Lookup.NUMBER, Lookup.MARKER}),
            needs_income_account=True,
            needs_tax_codes=True,
        ),
        Kind.PAYMENT: KindTerms(
            pull=True,
            batch_size=BATCH,
            lookups=frozenset({Lookup.MARKER}),
            needs_deposit_account=True,
        ),
    },
    limits=(
        Limit(count=60, per=timedelta(minutes=1)),
        # Apps of the Starter tier have 1,000; its 429 is obeyed then.
        Limit(count=5_000, per=timedelta(days=1)),
        Limit(count=10_000, per=timedelta(minutes=1), scope=Scope.APP),
    ),
    concurrency=5,
    # A key is kept for six minutes from the first call and answers errors again as well: looking is the real guard.
    idempotency=Idempotency(trust=KeyTrust.LOOK_FIRST, lifetime=timedelta(minutes=6)),
    oauth=OAuthTerms(
        authorize_url="https://login.xero.com/identity/connect/authorize",
        token_url="https://identity.xero.com/connect/token",  # noqa: S106 - an address
        revoke_url="https://identity.xero.com/connect/revocation",
        # Granular scopes, mandatory for apps made since 2 March 2026. Quotes and items belong to invoices.
        scopes=(
            "openid",
            "profile",
            "email",
            "offline_access",
            "accounting.contacts",
            "accounting.settings",
            "accounting.invoices",
            "accounting.payments",
        ),
        pkce=True,
        client_auth=ClientAuth.BASIC,
        public_apps=True,
        access_life=timedelta(minutes=30),
        refresh_life=timedelta(days=60),
        rotates=True,
        grace=timedelta(minutes=30),
    ),
    contract=(CONTRACT_VERSION, CONTRACT_VERSION),
    # Not documented. Long, because a write that ran on after it could be made twice.
    request_timeout=timedelta(seconds=120),
    # The one 429 that names no wait is that for calls under way at the same time.
    throttle_wait=timedelta(seconds=2),
    object_urls={
        Kind.CUSTOMER: "https://go.xero.com/Contacts/View/{id}",
        Kind.INVOICE: "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={id}",
    },
    trace_headers=("Xero-Correlation-Id",),
    webhook_kinds=frozenset({Kind.CUSTOMER, Kind.INVOICE}),
)
