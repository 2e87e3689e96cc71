"""The page on which a person lets an app into a company's books: one form, no script.

A browser shows it; a plain HTTP client may skip the page and send the decision to the same address: `POST <authorize
address with its query>` with the form fields `company=<id>` and `decision=allow` (or `deny`); the answer is a 302
whose Location is the app's callback. Where the provider lets a person tick several companies, `company` is repeated.
Where it tells people apart, the form field `person` says who decides (`owner` of the grant).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from ledgerport_sandbox.calls import Reply
from ledgerport_sandbox.oauth import Authority, Client, OAuthError

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;"
    "background:#fff}"
    "fieldset{border:1px solid #6b7280;border-radius:8px;padding:1rem;margin:1rem 0}"
    "label{display:block;padding:.35rem 0}"
    "button{font:inherit;padding:.6rem 1.4rem;border-radius:6px;border:2px solid #14532d;cursor:pointer}"
    "button.allow{background:#14532d;color:#fff}button.deny{background:#fff;color:#14532d}"
    ".note{background:#fef3c7;padding:.5rem .75rem;border-radius:6px}"
)


def page(
    provider: str,
    app: str,
    companies: Sequence[tuple[str, str]],
    scope: str,
    *,
    several: bool = False,
    all_of_them: bool = False,
) -> Reply:
    """The consent page; `companies` are (id, name) pairs, the first one chosen. `several`: boxes instead of one
    choice. `all_of_them`: nothing to choose, the names are only told.
    """
    kind = "checkbox" if several else "radio"
    choices = "".join(
        f'<label><input type="{kind}" name="company" value="{escape(id)}"{" checked" if index == 0 else ""}> '
        f"{escape(name)} <small>({escape(id)})</small></label>"
        for index, (id, name) in enumerate(companies)
    )
    question = "Which companies?" if several else "Which company?"
    if all_of_them:
        question = "It will reach all of these"
        choices = "".join(f"<p>{escape(name)} <small>({escape(id)})</small></p>" for id, name in companies)
    body = (
        f"<h1>Connect to {escape(provider)}</h1>"
        f'<p class="note">This is a sandbox on your own machine, not {escape(provider)}.</p>'
        f"<p>The app <strong>{escape(app)}</strong> asks for: {escape(scope) or 'nothing in particular'}.</p>"
        f'<form method="post"><fieldset><legend>{question}</legend>{choices}</fieldset>'
        '<button class="allow" name="decision" value="allow">Allow</button> '
        '<button class="deny" name="decision" value="deny">Deny</button></form>'
    )
    return Reply.text(_document(f"Connect to {provider}", body), 200, "text/html; charset=utf-8")


def problem(provider: str, sentence: str) -> Reply:
    """A page instead of a redirect, for requests whose callback cannot be trusted (RFC 6749 4.1.2.1)."""
    body = f"<h1>This connection cannot be made</h1><p>{escape(sentence)}</p>"
    return Reply.text(_document(f"{provider}: problem", body), 400, "text/html; charset=utf-8")


def redirect(address: str, parameters: Mapping[str, str]) -> Reply:
    """302 to the app's callback with the parameters added to its query."""
    parts = urlsplit(address)
    query = "&".join(piece for piece in (parts.query, urlencode(parameters)) if piece)
    return Reply(302, b"", [("location", urlunsplit(parts._replace(query=query))), ("cache-control", "no-store")])


class Consent:
    """The authorize step of a provider: checks the request, shows the page, carries the decision back.

    `company_parameter`: the callback's query names the (first) company under it. `several`: a person may tick more
    than one company. `all_of_them`: a yes covers all companies whatever the form names. `person`: who decides when
    the form does not say.
    """

    def __init__(
        self,
        provider: str,
        authority: Authority,
        *,
        company_parameter: str | None = None,
        several: bool = False,
        all_of_them: bool = False,
        person: str = "",
    ) -> None:
        self._provider, self._authority, self._company_parameter = provider, authority, company_parameter
        self._several, self._all, self._person = several, all_of_them, person

    def answer(
        self,
        query: Mapping[str, str],
        form: Mapping[str, str] | Sequence[tuple[str, str]] | None,
        companies: Sequence[tuple[str, str]],
        *,
        exact_redirects: bool = False,
    ) -> Reply:
        """GET (form None) shows the page; POST decides. A bad client or callback gets a page, never a redirect.

        A form with repeated fields comes as pairs.
        """
        client = self._authority.clients.get(query.get("client_id", ""))
        if client is None:
            return problem(self._provider, "The client_id is not registered.")
        callback = query.get("redirect_uri", "")
        if not client.may_redirect(callback, exact_only=exact_redirects):
            return problem(self._provider, "The redirect_uri does not match a registered one exactly.")
        state = {"state": query["state"]} if "state" in query else {}
        if query.get("response_type") != "code":
            return redirect(callback, {"error": "unsupported_response_type", **state})
        if not query.get("scope"):
            return redirect(callback, {"error": "invalid_scope", **state})
        if form is None:
            scope = query.get("scope", "")
            return page(self._provider, client.id, companies, scope, several=self._several, all_of_them=self._all)
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        if dict(pairs).get("decision") != "allow":
            return redirect(callback, {"error": "access_denied", **state})
        return self._allow(client, query, pairs, companies, callback, state)

    def _allow(
        self,
        client: Client,
        query: Mapping[str, str],
        form: list[tuple[str, str]],
        companies: Sequence[tuple[str, str]],
        callback: str,
        state: dict[str, str],
    ) -> Reply:
        chosen = list(dict.fromkeys(value for name, value in form if name == "company"))
        known = {id for id, _ in companies}
        if self._all:
            chosen = [id for id, _ in companies]
        elif not chosen or any(id not in known for id in chosen) or (len(chosen) > 1 and not self._several):
            return problem(self._provider, "Choose one of the companies.")
        try:
            code = self._authority.allow(
                client,
                chosen,
                query.get("scope", ""),
                callback,
                query.get("code_challenge"),
                query.get("code_challenge_method", "plain"),
                dict(form).get("person") or self._person,
            )
        except OAuthError as err:
            return redirect(callback, {"error": err.error, "error_description": err.description or "", **state})
        extra = {self._company_parameter: chosen[0]} if self._company_parameter else {}
        return redirect(callback, {"code": code, **state, **extra})


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
