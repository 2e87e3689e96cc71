"""End a grant at the provider. Our own end never waits for it: a failure is told, not raised."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.contract import Company, ContractError, Grant
from ledgerport.db.repositories import connections
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import AppNotSetUp, open_token_endpoint


def give_back_grant(
    hub: Hub,
    provider: Provider,
    grant: Grant,
    companies: Sequence[Company],
    *,
    grant_id: int | None = None,
    but: int | None = None,
    used: bool = True,
) -> str:
    """Revoke a grant at the provider; answers why it was not revoked, or nothing.

    `companies`: those it reaches, the one that was connected first; none was where it was not `used`.

    Some providers end the app's whole access to a company with any of its tokens, so a grant for a company that
    another live connection (not
    `but`) works with is left alone; so is a grant that one lives by.
    """
    label = provider.terms.label
    if not provider.offers("revoke_token"):
        key = provider.terms.api_key
        what = f"the {key.label}" if key is not None else "our access"
        return f"{label} offers no way to end {what} from here; end it there."
    with hub.database.everything(read=True) as session:
        for company in companies:
            if connections.others_use(
                session, provider=provider.terms.slug, company_id=company.id, grant_id=grant_id, but=but
            ):
                return f"Our access at {label} stays: another connection uses the same company."
    try:
        facts = companies[0].facts if companies else {}
        with open_token_endpoint(hub, provider, facts) as endpoint:
            left = companies[0] if used and companies else None
            ended = provider.ask("revoke_token", grant=grant, endpoint=endpoint, company=left)
    except (ContractError, AppNotSetUp) as error:
        return f"{label} did not end our access: {error}"
    return "" if ended else f"{label} did not say that our access is ended."
