"""What QuickBooks Online declares: kinds, batch sizes, limits, OAuth addresses.

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
)

SLUG = "quickbooks"
MINOR_VERSION = (
    "75"  # the only one served since 2025-08-01; sent all the same, so that a later default cannot surprise us
)
MAX_ROWS = 1000  # objects in one query or change answer
LOOK_BACK = timedelta(days=30)

# Colon, tab and newline are refused (2040). The backslash is ours: how a query reads `\\` is not documented, so a
# name that held one could be sent but not looked up again.
_FORBIDDEN = ":\\"

TERMS = ProviderTerms(
    slug=SLUG,
    label="QuickBooks Online",
    color="#2CA01C",
    api_url="https://quickbooks.api.intuit.com",
    kinds={
        Kind.CUSTOMER: KindTerms(
            pull=True,
            batch_size=30,
            batch_meter="batch",
            # Unique over customers, vendors and employees together.
            name=NameRules(max_length=500, forbidden=_FORBIDDEN),
            lookups=frozenset({Lookup.EMAIL, Lookup.NAME}),
        ),
        Kind.ITEM: KindTerms(
            pull=True,
            batch_size=30,
            batch_meter="batch",
            name=NameRules(max_length=100, forbidden=_FORBIDDEN),
            lookups=frozenset({Lookup.NAME}),
            needs_income_account=True,
        ),
        # 30 transactions in a batch ran into the 120 seconds; 10 were safe.
        Kind.INVOICE: KindTerms(batch_size=10, batch_meter="batch", lookups=frozenset({Lookup.NUMBER, Lookup.MARKER})),
        Kind.ESTIMATE: KindTerms(batch_size=10, batch_meter="batch", lookups=frozenset({Lookup.NUMBER, Lookup.MARKER})),
        Kind.PAYMENT: KindTerms(pull=True, batch_size=10, batch_meter="batch", lookups=frozenset({Lookup.MARKER})),
    },
    # A company also has 120 batches a minute over all apps together; what other apps use of it we cannot know, so a
    # 429 tells.
    limits=(
        Limit(count=500, per=timedelta(minutes=1)),
        Limit(count=10, per=timedelta(seconds=1)),
        Limit(count=40, per=timedelta(minutes=1), meter="batch"),
    ),
    concurrency=10,
    # `requestid` is remembered, but for how long is not documented.
    idempotency=Idempotency(trust=KeyTrust.LOOK_FIRST),
    oauth=OAuthTerms(
        authorize_url="https://appcenter.intuit.com/connect/oauth2",
        token_url="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",  # noqa: S106 - an address
        revoke_url="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
        scopes=("com.intuit.quickbooks.accounting",),
        pkce=False,
        client_auth=ClientAuth.BASIC,
        access_life=timedelta(hours=1),
        refresh_expires_field="x_refresh_token_expires_in",
        hard_expires_field="x_refresh_token_hard_expires_in",
        token_headers={"x-include-refresh-token-hard-expires-in": "true"},
        rotates=True,
    ),
    contract=(CONTRACT_VERSION, CONTRACT_VERSION),
    request_timeout=timedelta(seconds=120),
    throttle_wait=timedelta(seconds=60),
    object_urls={
        Kind.CUSTOMER: "https://app.qbo.intuit.com/app/customerdetail?nameId={id}",
        Kind.ITEM: "https://app.qbo.intuit.com/app/items?itemId={id}",
        Kind.INVOICE: "https://app.qbo.intuit.com/app/invoice?txnId={id}",
        Kind.ESTIMATE: "https://app.qbo.intuit.com/app/estimate?txnId={id}",
        Kind.PAYMENT: "https://app.qbo.intuit.com/app/recvpayment?txnId={id}",
    },
    trace_headers=("intuit_tid", "Intuit-Tid", "intuit-tid"),
    webhook_kinds=frozenset({Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT}),
    look_back=LOOK_BACK,
)
