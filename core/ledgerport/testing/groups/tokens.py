"""Tokens: refreshed once however many ask, kept through trouble, given up only when the provider says so."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from ledgerport.contract import ContractError, Grant, Kind, LoginNeeded, ProviderTerms, TryLater
from ledgerport.services.provider_apps import open_token_endpoint
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk

GROUP = "tokens"
_AT_ONCE = 50
_A_WHILE = timedelta(minutes=6)


def _no_oauth(terms: ProviderTerms) -> str:
    return f"{terms.label} is signed in to with an API key, which is never renewed." if terms.api_key else ""


def _no_way_back(terms: ProviderTerms) -> str:
    if reason := _no_oauth(terms):
        return reason
    lost = terms.oauth.rotates and not terms.oauth.grace
    return f"{terms.label} ends the old refresh token at once: a lost answer costs the grant." if lost else ""


def _no_customers(terms: ProviderTerms) -> str:
    return "" if Kind.CUSTOMER in terms.kinds else f"{terms.label} takes no customers."


_OAUTH = Needs(terms=_no_oauth)


def _at_token_endpoint(desk: Desk) -> dict[str, str]:
    return {"path": urlsplit(desk.terms.oauth.token_url).path, "method": "POST"}


def _expire(desk: Desk) -> None:
    """The access token's life ends, the refresh token's does not."""
    desk.pass_time(desk.terms.oauth.access_life)


@check(
    "tokens.one_refresh_for_fifty",
    group=GROUP,
    needs=_OAUTH,
    change="Let refresh_token make exactly one request to endpoint.token_url, and return the Grant of its answer, "
    "with the "
    "new refresh token where there is one.",
    why="A refresh token that is traded twice is taken for stolen, and the company is disconnected.",
)
def one_refresh_for_fifty(desk: Desk) -> None:
    _expire(desk)
    # Slow enough that everybody asks while the one call is under way.
    desk.sandbox.control("latency", {"seconds": 12.0, "match": _at_token_endpoint(desk)})
    with desk.counted() as calls, ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        told = set(pool.map(lambda _: desk.access_token(), range(_AT_ONCE)))
    assert len(calls) == 1, f"{_AT_ONCE} who needed a token at once caused {len(calls)} calls"
    assert len(told) == 1, f"{_AT_ONCE} askers were given {len(told)} different tokens"
    desk.sandbox.control("latency", {"seconds": 0.0})
    desk.works()


@check(
    "tokens.refreshed_token_works",
    group=GROUP,
    needs=_OAUTH,
    change="Return from refresh_token the new access token and what the answer says of its life; the refresh token "
    "too, "
    "whether it is new or the old one.",
    why="A company that was connected in the morning would be lost by the evening.",
)
def refreshed_token_works(desk: Desk) -> None:
    before = desk.access_token()
    for _ in range(3):
        _expire(desk)
        desk.works()
    assert desk.access_token() != before, "after three lives of an access token it is still the same"


@check(
    "tokens.expired_in_the_middle",
    group=GROUP,
    needs=Needs(terms=lambda terms: _no_oauth(terms) or _no_customers(terms)),
    change="Send every request through account.http and let its answer pass; where your provider does not say 401, "
    "tell by "
    "call_options(token_refused=...) what does.",
    why="A sync that meets the end of a token's life must go on by itself, not wait for a person.",
)
def expired_in_the_middle(desk: Desk) -> None:
    desk.fault("expired_token", match={"entity": "customer"})
    desk.sync([records.customer(1)])
    desk.faults_struck()
    desk.agrees()


@check(
    "tokens.trouble_keeps_the_grant",
    group=GROUP,
    needs=_OAUTH,
    change="Raise TryLater from refresh_token for every 5xx, 429, page of a gateway and broken connection; "
    "LoginNeeded only "
    "for an answer that says invalid_grant.",
    why="A minute of trouble at the provider would disconnect every company.",
)
def trouble_keeps_the_grant(desk: Desk) -> None:
    troubles: list[dict[str, Any]] = [
        {"name": "status", "status": 503},
        {"name": "status", "status": 500, "body": "html"},
        {"name": "status", "status": 502, "body": "empty"},
        {"name": "html_page"},
        {"name": "drop_before"},
    ]
    for trouble in troubles:
        _expire(desk)
        desk.fault(**trouble, match=_at_token_endpoint(desk))
        _passes(desk, trouble)


@check(
    "tokens.lost_answer_keeps_the_grant",
    group=GROUP,
    needs=Needs(terms=_no_way_back),
    change="Raise TryLater or let Unknown pass when the token endpoint's answer is lost; the hub tries the stored "
    "token again.",
    why="A single lost packet would disconnect the company.",
)
def lost_answer_keeps_the_grant(desk: Desk) -> None:
    _expire(desk)
    trouble = {"name": "drop_after"}
    desk.fault(**trouble, match=_at_token_endpoint(desk))
    _passes(desk, trouble)


@check(
    "tokens.revoked_grant_asks_for_a_person",
    group=GROUP,
    needs=_OAUTH,
    change="Raise LoginNeeded from refresh_token when the provider answers invalid_grant (or its own word for it).",
    why="Nobody would learn that the connection is dead; invoices would pile up here unseen.",
)
def revoked_grant(desk: Desk) -> None:
    desk.sandbox.control("revoke", {"company": desk.company})
    _expire(desk)
    try:
        desk.access_token()
    except LoginNeeded:
        return
    except ContractError as error:
        raise AssertionError(f"a withdrawn grant gives {type(error).__name__}: {error.reason}") from error
    raise AssertionError("a withdrawn grant still gives a token")


@check(
    "tokens.reconnecting_goes_on",
    group=GROUP,
    needs=Needs(terms=_no_customers),
    change="Let a company that was connected anew by a person work like before; keep nothing of the old sign-in.",
    why="After the sign-in the bookkeeper expects what waited to arrive.",
)
def reconnecting_goes_on(desk: Desk) -> None:
    desk.sandbox.control("revoke", {"company": desk.company})
    desk.load([records.customer(1)])
    desk.drain()
    assert not desk.rows(Kind.CUSTOMER), "a withdrawn sign-in still writes"
    if desk.terms.api_key is not None:
        desk.sandbox.control("keys", {"companies": [desk.company]})
    desk.connect(desk.tenant, company=desk.company, connection=desk.connection)
    desk.drain()
    desk.agrees()


@check(
    "tokens.disconnecting_ends_the_grant",
    group=GROUP,
    needs=Needs(hooks=("revoke_token",), promise="revoke", terms=_no_oauth),
    change="Let revoke_token end the grant at the provider and return True; a second call must do no harm.",
    why="Who disconnects expects that we cannot get in any more.",
)
def disconnecting_ends_the_grant(desk: Desk) -> None:
    authority = desk.sandbox.app.authority
    token = desk.access_token()
    grant = Grant(
        access_token=SecretStr(token),
        access_expires_at=desk.clock.now() + desk.terms.oauth.access_life,
        refresh_token=SecretStr(authority.grant_of(token).refresh),
    )
    with desk.opened() as account:
        company = account.company
    ended = []
    for _ in range(2):
        with open_token_endpoint(desk.hub, desk.plugin) as endpoint:
            ended.append(desk.plugin.ask("revoke_token", grant=grant, endpoint=endpoint, company=company))
    # Not every provider says that a grant had ended before; that the second call does no harm is all that counts.
    assert ended[0] is True, f"revoke_token returns {ended[0]!r} for a grant that was good"
    known, state = authority.check(token)
    reaches = [] if known is None or state else list(known.companies)
    assert desk.company not in reaches, "after revoke_token the token still opens the company's books"


def _passes(desk: Desk, trouble: Mapping[str, object]) -> None:
    told = " ".join(str(part) for part in trouble.values())
    try:
        desk.access_token()
    except TryLater:
        pass
    except ContractError as error:
        raise AssertionError(f"{told} at the token endpoint gives {type(error).__name__}: {error.reason}") from error
    desk.faults_struck()
    desk.pass_time(_A_WHILE)
    try:
        desk.works()
    except ContractError as error:
        raise AssertionError(f"after {told} at the token endpoint: {type(error).__name__}: {error.reason}") from error
