"""`quality.toml`: what a plugin's author promises, row by row: done, to do, or left out with a reason."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quality:
    """`done` and `todo` name rows; `exempt` has each row's reason, empty where the author gives none."""

    provider: str
    done: frozenset[str]
    todo: frozenset[str]
    exempt: Mapping[str, str]


def read_quality(text: str) -> Quality:
    """Raises ValueError, which names the row that is neither `"done"`, `"todo"` nor `{ exempt = "why" }`."""
    told = tomllib.loads(text)
    promises = told.get("promises")
    if not isinstance(promises, dict):
        raise ValueError("it has no table [promises]")
    exempt: dict[str, str] = {}
    for name, promise in promises.items():
        if isinstance(promise, dict) and promise.keys() == {"exempt"} and isinstance(promise["exempt"], str):
            exempt[name] = promise["exempt"].strip()
        elif promise not in ("done", "todo"):
            raise ValueError(f'its row {name!r} is neither "done", "todo" nor {{ exempt = "why" }}')
    return Quality(
        provider=str(told.get("provider", "")),
        done=frozenset(name for name, promise in promises.items() if promise == "done"),
        todo=frozenset(name for name, promise in promises.items() if promise == "todo"),
        exempt=exempt,
    )
