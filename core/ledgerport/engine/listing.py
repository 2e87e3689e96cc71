"""Whether a provider's listing goes on, page by page, or goes round in circles."""

from __future__ import annotations

from ledgerport.contract import Broken

# Pages that may bring nothing new: providers filter after they have cut the pages.
_PATIENCE = 200
# No company has so many; a listing that makes up new objects for ever ends here.
_MOST_PAGES = 50_000


def check_goes_on(label: str, *, cursor: str | None, following: str | None, pages: int, objects: int) -> None:
    """Look at a page that was read with `cursor` and names the `following` one (None: it was the last).

    `pages`: how many were read, this one counted; `objects`: how many different objects they held. Raises Broken.
    """
    if following is None:
        return
    if following == (cursor or None):
        raise Broken(f"{label} answers the same page again and again.")
    if pages > _PATIENCE and pages > objects:
        raise Broken(f"{label} has answered {pages:,} pages with {objects:,} objects and names further ones.")
    if pages >= _MOST_PAGES:
        raise Broken(f"{label} has answered {pages:,} pages and names further ones.")
