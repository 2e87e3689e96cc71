"""What Wave declares: kinds, batches behind a choice, a cautious pace, OAuth addresses.

Sources are the sections of the provider's fact sheet; a comment says where a figure is a choice of ours.
"""

from __future__ import annotations

from datetime import timedelta

from ledgerport.contract import (
    CONTRACT_VERSION,
    Choice,
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

SLUG = "wave"
PATH = "/graphql/public"
# The largest that clients in the field use; what Wave does above it is not known.
PAGE_SIZE = 200
SEVERAL_MUTATIONS = "several_mutations"
# Lengths are not published; this fits every list and page of Wave that shows a name.
_LONGEST_NAME = 255
# How many mutations one document may hold is not documented. Few, so that a refusal costs little.
_TOGETHER = 5

TERMS = ProviderTerms(
    slug=SLUG,
    label="Wave",
    color="#1C6DD0",
    api_url="https://gql.waveapps.com",
    kinds={
        Kind.CUSTOMER: KindTerms(
            pull=True,
            batch_size=_TOGETHER,
            batch_choice=SEVERAL_MUTATIONS,
            name=NameRules(max_length=_LONGEST_NAME, unique=False),
            # The marker is the customer's account number (`displayId`): read back in lists, not searched.
            lookups=frozenset({Lookup.EMAIL, Lookup.MARKER}),
        ),
        Kind.ITEM: KindTerms(
            pull=True,
            batch_size=_TOGETHER,
            batch_choice=SEVERAL_MUTATIONS,
            # Wave may well take two products of one name; ours are told apart by it, so we claim it.
            name=NameRules(max_length=_LONGEST_NAME, enforced=False),
            lookups=frozenset({Lookup.NAME}),
            needs_income_account=True,
        ),
        Kind.INVOICE: KindTerms(
            batch_size=_TOGETHER,
            batch_choice=SEVERAL_MUTATIONS,
            lookups=frozenset({Lookup.NUMBER}),
            needs_tax_codes=True,
            lines_need_items=True,
        ),
        Kind.ESTIMATE: KindTerms(
            batch_size=_TOGETHER,
            batch_choice=SEVERAL_MUTATIONS,
            lookups=frozenset({Lookup.NUMBER}),
            needs_tax_codes=True,
            lines_need_items=True,
        ),
        Kind.PAYMENT: KindTerms(
            pull=True,
            batch_size=_TOGETHER,
            batch_choice=SEVERAL_MUTATIONS,
            lookups=frozenset({Lookup.MARKER}),
            needs_deposit_account=True,
        ),
    },
    # Nothing is published. Two at a time is the field's advice, 120 ms between requests runs without trouble in
    # somebody's CI: 480 a minute are 125 ms each. Counted over a minute, as the schema's own directives are.
    limits=(Limit(count=480, per=timedelta(minutes=1)),),
    concurrency=2,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    oauth=OAuthTerms(
        authorize_url="https://api.waveapps.com/oauth2/authorize/",
        token_url="https://api.waveapps.com/oauth2/token/",  # noqa: S106 - an address
        revoke_url="https://api.waveapps.com/oauth2/token-revoke/",
        # Write does not include read. `offline_access` and `transaction:*` are no scopes of the list.
        scopes=(
            "user:read",
            "business:read",
            "account:read",
            "customer:read",
            "customer:write",
            "product:read",
            "product:write",
            "sales_tax:read",
            "invoice:read",
            "invoice:write",
            "estimate:read",
            "estimate:write",
        ),
        pkce=True,
        client_auth=ClientAuth.POST,
        # Answers tell it (`expires_in`); two hours is what two integrators saw.
        access_life=timedelta(hours=2),
        # `auto` would hand back the earlier consent unasked, and with it the earlier business.
        authorize_params={"approval_prompt": "force"},
        rotates=True,
    ),
    contract=(CONTRACT_VERSION, CONTRACT_VERSION),
    # Neither is documented: how long a request may run there, how soon a list shows what was written.
    request_timeout=timedelta(seconds=60),
    search_lag=timedelta(seconds=5),
    throttle_wait=timedelta(seconds=60),
    webhook_kinds=frozenset({Kind.INVOICE, Kind.ESTIMATE}),
    computes_tax=True,
    voids_delete=True,
    choices=(
        Choice(
            name=SEVERAL_MUTATIONS,
            label="Send up to five records in one request. Wave does not say that it allows this: try it with a few "
            "records first, and turn it off when Wave refuses them.",
        ),
    ),
)
