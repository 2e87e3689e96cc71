"""Cleaning a name to a provider's rules. The local name stays as it is; only what is sent is cleaned."""

from __future__ import annotations

import re
import unicodedata

from ledgerport.contract.terms import NameRules

_BLANKS = re.compile(r"\s+")


def clean_name(name: str, rules: NameRules) -> str:
    """`name` without control characters, forbidden characters, doubled or outer blanks, cut to the length allowed.

    May be empty: then nothing of the name can be sent.
    """
    if name.isascii() and name.isprintable() and not any(mark in name for mark in rules.forbidden):
        if "  " not in name:
            # Nearly every name there is.
            return name.strip()[: rules.max_length].rstrip()
        flat = name
    else:
        flat = "".join(_plain(mark, rules.forbidden) for mark in unicodedata.normalize("NFC", name))
    return _BLANKS.sub(" ", flat).strip()[: rules.max_length].rstrip()


def with_suffix(name: str, suffix: str, rules: NameRules) -> str:
    """A cleaned `name` with ` (suffix)` after it, the name cut so that the whole still fits."""
    tail = f" ({clean_name(suffix, rules)})"
    return name[: max(rules.max_length - len(tail), 0)].rstrip() + tail[-rules.max_length :]


def name_key(name: str) -> str:
    """What two names share when a provider calls them the same."""
    return name.casefold()


def _plain(mark: str, forbidden: str) -> str:
    if mark in forbidden or unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return " "
    return mark
