"""What FreshBooks declares: kinds, limits, OAuth addresses.

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

SLUG = "freshbooks"
# Sent with every call, so that a later default cannot surprise us. Errors come in the old and the new envelope all the
# same, also under one version (3).
API_VERSION = "2023-02-20"
MAX_ROWS = 100  # in one page of a list (10)
CREATE = "create"

# No length is documented; longer than this a name is no name. A text that FreshBooks finds too long is errno 1017.
_LONGEST_NAME = 255

TERMS = ProviderTerms(
    slug=SLUG,
    label="FreshBooks",
    color="#0075DD",
    api_url="https://api.freshbooks.com",
    kinds={
        # Two clients may share name and e-mail (4), so neither is a proof; the marker in the note is.
        Kind.CUSTOMER: KindTerms(
            pull=True,
            meter=CREATE,
            name=NameRules(max_length=_LONGEST_NAME, unique=False),
            lookups=frozenset({Lookup.EMAIL, Lookup.MARKER}),
        ),
        # An item has no place for a marker and FreshBooks takes one name twice: our own claim keeps names apart, and
        # so finds an item in the list. There is no account on an item (5), so none is asked for.
        Kind.ITEM: KindTerms(
            pull=True,
            meter=CREATE,
            # Two items of one name are taken without a word; ours are told apart by it.
            name=NameRules(max_length=_LONGEST_NAME, enforced=False),
            lookups=frozenset({Lookup.NAME}),
        ),
        # A line carries its tax by name and percent, so one must be chosen before tax can be sent (6).
        Kind.INVOICE: KindTerms(meter=CREATE, lookups=frozenset({Lookup.NUMBER, Lookup.MARKER}), needs_tax_codes=True),
        Kind.ESTIMATE: KindTerms(meter=CREATE, lookups=frozenset({Lookup.NUMBER, Lookup.MARKER}), needs_tax_codes=True),
        Kind.PAYMENT: KindTerms(pull=True, meter=CREATE, lookups=frozenset({Lookup.MARKER})),
    },
    # Read off the headers of live answers, 2026-06 (11): 600 a minute, of accounting's POSTs 250.
    limits=(
        Limit(count=600, per=timedelta(minutes=1)),
        Limit(count=250, per=timedelta(minutes=1), meter=CREATE),
    ),
    # Ours: no figure is documented. Four answers a second are what the limit on POSTs lets through; with a look-up
    # before each new customer and half a second an answer, six in flight keep up with it. Two payments of one invoice
    # at the same moment may be answered 409, and come again.
    concurrency=6,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    oauth=OAuthTerms(
        authorize_url="https://auth.freshbooks.com/oauth/authorize/",
        token_url="https://api.freshbooks.com/auth/oauth/token",  # noqa: S106 - an address
        revoke_url="https://api.freshbooks.com/auth/oauth/revoke",
        # A scope that is not enabled on the app fails the whole consent, after the login (1): the README lists them.
        scopes=(
            "user:profile:read",
            "user:business:read",
            "user:clients:read",
            "user:clients:write",
            "user:billable_items:read",
            "user:billable_items:write",
            "user:invoices:read",
            "user:invoices:write",
            "user:estimates:read",
            "user:estimates:write",
            "user:payments:read",
            "user:payments:write",
            "user:taxes:read",
            "user:journal_entries:read",
        ),
        # S256 is accepted; where the verifier should not be looked at, nothing is lost, for the secret is sent anyway.
        pkce=True,
        client_auth=ClientAuth.POST,
        access_life=timedelta(hours=12),
        issued_at_field="created_at",
        # Usable once, without grace; no life is told, and a new consent is the only way back from a lost one.
        rotates=True,
    ),
    contract=(CONTRACT_VERSION, CONTRACT_VERSION),
    # Ours: no time is documented. A request that was not answered for so long is taken to have ended over there.
    request_timeout=timedelta(seconds=60),
    # Ours: lists were never seen to lag behind writes; a replica that does would be this late at most.
    search_lag=timedelta(seconds=15),
    # Windows of a minute; the reset was seen at most 60 s away (11).
    throttle_wait=timedelta(seconds=60),
    webhook_kinds=frozenset({Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT}),
    # Tax is worked out over there from the percent on each line.
    computes_tax=True,
    # `vis_state` 1 is all there is: a void invoice leaves the lists and the reports.
    voids_delete=True,
)
