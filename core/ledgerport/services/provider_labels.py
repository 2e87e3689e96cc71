"""What providers are called, also those whose plugin did not load."""

from __future__ import annotations

from ledgerport.contract import Kind, ProviderTerms
from ledgerport.host import UnknownProvider
from ledgerport.services.context import Hub


def terms_of(hub: Hub, slug: str) -> ProviderTerms | None:
    """A provider's terms; None while its plugin is not loaded."""
    try:
        return hub.host.for_provider(slug).terms
    except UnknownProvider:
        return None


def label_of(hub: Hub, slug: str) -> str:
    """`QuickBooks` for `quickbooks`."""
    terms = terms_of(hub, slug)
    return terms.label if terms is not None else slug


def object_address(hub: Hub, slug: str, kind: Kind, remote_id: str) -> str:
    """Where a person opens an object in the books; empty where the provider has no such page."""
    terms = terms_of(hub, slug)
    return terms.object_urls.get(kind, "").replace("{id}", remote_id) if terms is not None else ""
