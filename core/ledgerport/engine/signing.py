"""How a request to a provider says who we are: a bearer token, or an API key where and as the terms want it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from ledgerport.contract import Broken, Company, ProviderTerms
from ledgerport.contract.terms import KeyAuth, KeyField


def sign(headers: httpx.Headers, terms: ProviderTerms, company: Company, token: SecretStr) -> None:
    """Write the token or key into the headers of a request for a company. Raises Broken when it cannot travel there."""
    value, its = _printable(token), terms.api_key
    if its is None:
        headers["Authorization"] = f"Bearer {value}"
        return
    if its.field is not None and its.field.header:
        headers[its.field.header] = _field_value(its.field, company.facts)
    if its.auth is KeyAuth.BASIC:
        pair = ":".join(
            _filled(part, its.field, company.facts).replace("{key}", value)
            for part in (its.basic_user, its.basic_password)
        )
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        headers[its.header] = f"{its.scheme} {value}".lstrip()


def api_address(terms: ProviderTerms, facts: Mapping[str, str]) -> str:
    """The address of the API for a company with these facts: the second field of an API key may stand in it."""
    its = terms.api_key
    if its is None or its.field is None:
        return terms.api_url
    # Quoted, so that whatever was typed stays one label of the host or one part of the path.
    return terms.api_url.replace(_place(its.field), quote(facts.get(its.field.name, ""), safe=""))


def _filled(text: str, field: KeyField | None, facts: Mapping[str, str]) -> str:
    return text if field is None else text.replace(_place(field), _field_value(field, facts))


def _field_value(field: KeyField, facts: Mapping[str, str]) -> str:
    value = facts.get(field.name, "")
    if not value.isascii() or not value.isprintable():
        raise Broken(f"The {field.label} holds characters that a header cannot carry.")
    return value


def _place(field: KeyField) -> str:
    return f"{{{field.name}}}"


def _printable(token: SecretStr) -> str:
    """The token, once it is sure that it can travel in a header: the library's own complaint would quote it."""
    value = token.get_secret_value()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise Broken("The access token is empty or holds characters that a header cannot carry.")
    return value
