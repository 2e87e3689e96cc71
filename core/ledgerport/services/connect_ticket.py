"""The ticket with which a browser begins a connect: signed, short-lived, made by whoever may act for the tenant.

A browser carries no API key, so the address it opens must say for whom it connects, and nobody else may be able to
write one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from itsdangerous import BadData, URLSafeSerializer

from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.context import Hub

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Leave to connect one provider for one tenant. `connection_id` is set when reconnecting; `first_sync_waits`: a
    new connection sends nothing before its set-up is done (`begin_first_sync`)."""

    tenant_id: int
    provider: str
    requested_by: str
    return_to: str = ""
    connection_id: int | None = None
    first_sync_waits: bool = False


def connect_address(hub: Hub, ticket: Ticket) -> str:
    """The address of the hub that a browser opens to connect; good for ten minutes. Raises ConnectRefused for a bad
    `return_to`."""
    check_return(hub, ticket.return_to)
    ends = (hub.clock.now() + LIFE).isoformat()
    text = _serializer(hub).dumps({**asdict(ticket), "ends": ends})
    return f"{hub.public_url.rstrip('/')}/connect/{quote(ticket.provider, safe='')}?ticket={text}"


def read_ticket(hub: Hub, text: str, provider: str) -> Ticket:
    """The ticket of an address, when it is ours, for this provider and still good. Raises ConnectRefused."""
    try:
        told = _serializer(hub).loads(text)
        ends = datetime.fromisoformat(told.pop("ends"))
        ticket = Ticket(**told)
    except (BadData, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConnectRefused("This connect address is not one that we made.") from error
    if ticket.provider != provider:
        raise ConnectRefused("This connect address was made for another provider.")
    if hub.clock.now() >= ends:
        raise ConnectRefused("This connect address is more than ten minutes old.")
    return ticket


def check_return(hub: Hub, return_to: str) -> None:
    """Raises ConnectRefused for an address that leads away from the hub: an open redirect would lend our name to
    others."""
    if return_to and not _is_ours(hub, return_to):
        raise ConnectRefused(
            "The address to return to is not one of this hub.", "Give a path such as /connections, or leave it out."
        )


def _is_ours(hub: Hub, address: str) -> bool:
    if len(address) > 2000 or not all("!" <= char <= "~" for char in address) or "\\" in address:
        return False
    parts = urlsplit(address)
    if not parts.scheme and not parts.netloc:
        return address.startswith("/") and not address.startswith("//")
    ours = urlsplit(hub.public_url)
    return (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc)


def _serializer(hub: Hub) -> URLSafeSerializer:
    return URLSafeSerializer(hub.session_secret.get_secret_value(), salt="ledgerport.connect")
