"""End a grant at the provider. Our own end never waits for it: a failure is told, not raised."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.contract import ContractError, Grant
from ledgerport.db.repositories import connections
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import AppNotSetUp, open_token_endpoint


def give_back_grant(
    hub: Hub,
    provider: Provider,
    grant: Grant,
    company_ids: Sequence[str],
    *,
    grant_id: int | None = None,
    but: int | None = None,
) -> str:
    """Revoke a grant at the provider; answers why it was not revoked, or nothing.

    Some providers end the app's whole access to a company with any of its tokens, so a grant for a company that
    another live connection (not
    `but`) works with is left alone; so is a grant that one lives by.
    """
    label = provider.terms.label
    if not provider.offers("revoke_token"):
        return f"{label} offers no way to end our access from here; end it there."
    with hub.database.everything(read=True) as session:
        for company_id in company_ids:
            if connections.others_use(
                session, provider=provider.terms.slug, company_id=company_id, grant_id=grant_id, but=but
            ):
                return f"Our access at {label} stays: another connection uses the same company."
    try:
        with open_token_endpoint(hub, provider) as endpoint:
            ended = provider.ask("revoke_token", grant=grant, endpoint=endpoint)
    except (ContractError, AppNotSetUp) as error:
        return f"{label} did not end our access: {error}"
    return "" if ended else f"{label} did not say that our access is ended."
