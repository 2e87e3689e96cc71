"""What providers are called, also those whose plugin did not load."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.contract import Choice, Kind, ProviderTerms
from ledgerport.host import UnknownProvider
from ledgerport.services.context import Hub


def terms_of(hub: Hub, slug: str) -> ProviderTerms | None:
    """A provider's terms; None while its plugin is not loaded."""
    try:
        return hub.host.for_provider(slug).terms
    except UnknownProvider:
        return None


def providers_without(hub: Hub, kind: Kind) -> tuple[str, ...]:
    """The loaded providers that take no records of a kind, by slug. One that did not load may take it."""
    loaded = (provider.terms for provider in hub.host.providers)
    return tuple(terms.slug for terms in loaded if kind not in terms.kinds or not terms.kinds[kind].push)


def label_of(hub: Hub, slug: str) -> str:
    """`QuickBooks` for `quickbooks`."""
    terms = terms_of(hub, slug)
    return terms.label if terms is not None else slug


def choices_of(hub: Hub, slug: str) -> Sequence[Choice]:
    """What may be turned on for a connection to this provider."""
    terms = terms_of(hub, slug)
    return terms.choices if terms is not None else ()


def object_address(hub: Hub, slug: str, kind: Kind, remote_id: str) -> str:
    """Where a person opens an object in the books; empty where the provider has no such page."""
    terms = terms_of(hub, slug)
    return terms.object_urls.get(kind, "").replace("{id}", remote_id) if terms is not None else ""
