"""Which plugins an operator lets load: by name, and where a hash is given, by exactly that code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ledgerport.plugin_files import PluginFiles

_HASH = "@sha256:"
_DIGITS = re.compile(r"[0-9a-f]{64}")


class NotAllowed(Exception):
    """The plugin's files are not those that the operator allowed."""


def read_allowed(entries: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Name -> hashes from `acme` and `acme@sha256:<64 hexadecimal digits>`; no hash means any code of that name.

    A name that is given several times may have any of its hashes: an upgrade is allowed before it is made. Raises
    ValueError for an entry that is neither.
    """
    allowed: dict[str, set[str]] = {}
    for entry in entries:
        name, marked, digits = entry.strip().partition(_HASH)
        digits = digits.lower()
        if not name or "@" in name or (marked and not _DIGITS.fullmatch(digits)):
            raise ValueError(
                f"LEDGERPORT_PLUGINS_ALLOW: {entry.strip()!r} is neither a plugin's name nor "
                "name@sha256:<64 hexadecimal digits>. `ledgerport providers list` shows both"
            )
        hashes = allowed.setdefault(name, set())
        if marked:
            hashes.add(digits)
    return {name: frozenset(hashes) for name, hashes in allowed.items()}


def check_hash(hashes: frozenset[str], files: PluginFiles | None) -> None:
    """Nothing where no hash is asked for. Raises NotAllowed, with both hashes."""
    if not hashes:
        return
    expected = " or ".join(f"sha256:{each}" for each in sorted(hashes))
    if files is None:
        raise NotAllowed(f"LEDGERPORT_PLUGINS_ALLOW wants {expected}, and its files cannot be read to be hashed")
    if files.sha256 not in hashes:
        raise NotAllowed(
            f"its files are sha256:{files.sha256}, LEDGERPORT_PLUGINS_ALLOW wants {expected}. "
            "Install what was allowed, or look at what changed and allow it"
        )
