"""A notice's text in two parts: what is so, and the rest."""

from __future__ import annotations


def gist(text: str) -> tuple[str, str]:
    """The first sentence, and what follows; a full stop within a quoted name ends no sentence."""
    at = text.find(". ")
    while at >= 0:
        if text.count('"', 0, at) % 2 == 0:
            return text[: at + 1], text[at + 2 :]
        at = text.find(". ", at + 1)
    return text, ""
