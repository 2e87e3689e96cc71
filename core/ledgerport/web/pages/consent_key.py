"""The page that asks for a provider's API key: what a consent page is elsewhere, only ours."""

from __future__ import annotations

import hmac

from fastapi import Request
from fastapi.responses import Response
from pydantic import SecretStr

from ledgerport.services.connect_ticket import Ticket
from ledgerport.services.connect_with_key import key_terms
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import show_connection
from ledgerport.web.access import Place
from ledgerport.web.render import page

_NONE = SecretStr("")


def ask_for_key(
    request: Request,
    hub: Hub,
    place: Place | None,
    leave: Ticket,
    ticket: str,
    *,
    typed: str = "",
    key: SecretStr = _NONE,
    wrong: BadChoice | None = None,
) -> Response:
    """The form, empty or with what is `wrong` about what was sent. Raises NotFound, ConnectRefused.

    `typed` into the second field stands there again, unless that is where the key went; the key never does.
    """
    plugin = plugin_for(hub, leave.provider)
    its, label = key_terms(plugin), plugin.terms.label
    again = leave.connection_id is not None
    known = show_connection(hub, tenant_id=leave.tenant_id, provider=leave.provider).company_name if again else ""
    misplaced = wrong is not None and wrong.field == "field"
    same = hmac.compare_digest(typed.strip().encode(), key.get_secret_value().strip().encode())
    return page(
        request,
        "consent_key.html",
        title=f"{'Reconnect' if again else 'Connect'} {label}",
        status=422 if wrong is not None else 200,
        place=place,
        its=its,
        label=label,
        company=known,
        act=f"{'Reconnect' if again else 'Connect'} {label}",
        ticket=ticket,
        typed="" if misplaced or same else typed,
        errors={wrong.field: f"{wrong.reason} {wrong.next_step}".strip()} if wrong is not None else {},
        back=leave.return_to,
    )
