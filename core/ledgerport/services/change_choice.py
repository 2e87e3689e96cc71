"""Turn one of a provider's choices on or off for a connection."""

from __future__ import annotations

from ledgerport.contract import ON
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import choices_of, label_of
from ledgerport.services.rejections import BadChoice
from ledgerport.services.sync_connection import require_connection


def change_choice(hub: Hub, *, tenant_id: int, provider: str, name: str, on: bool) -> None:
    """What is sent from now on goes by it. Raises NotFound; BadChoice for a name that the provider does not know."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        known = [choice.name for choice in choices_of(hub, provider)]
        if name not in known:
            label = label_of(hub, provider)
            raise BadChoice(
                "name",
                f'{label} has no choice "{name}".',
                f"Take one of: {', '.join(known)}." if known else f"There is nothing to choose for {label}.",
            )
        others = {key: value for key, value in connection.choices.items() if key != name}
        # A new dict: a change within the old one would not be seen.
        connection.choices = {**others, name: ON} if on else others
