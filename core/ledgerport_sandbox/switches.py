"""Named switches: every behaviour the provider's documents leave open, with the default we chose and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice: its name, default, what it does, and the allowed values (empty: any value of the default's type)."""

    name: str
    default: Any
    about: str
    choices: tuple[Any, ...] = ()


class Switches:
    """The values now; unknown names and values of another type are refused."""

    def __init__(self, known: Sequence[Switch]) -> None:
        self._known = {switch.name: switch for switch in known}
        self._values: dict[str, Any] = {switch.name: switch.default for switch in known}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def set(self, changes: dict[str, Any]) -> None:
        """Change some values, all or none. Raises ValueError for an unknown name or a value that does not fit."""
        for name, value in changes.items():
            switch = self._known.get(name)
            if switch is None:
                raise ValueError(f"unknown switch {name!r}; known: {', '.join(sorted(self._known))}")
            if switch.choices:
                if value not in switch.choices:
                    raise ValueError(f"switch {name} is one of {', '.join(map(repr, switch.choices))}")
            elif not _same_kind(switch.default, value):
                raise ValueError(f"switch {name} holds a {type(switch.default).__name__}")
        self._values.update(changes)

    def reset(self) -> None:
        """Back to the defaults."""
        self._values = {name: switch.default for name, switch in self._known.items()}

    def report(self) -> dict[str, Any]:
        """`{name: {"value", "default", "about", "choices"}}`."""
        return {
            name: {"value": self._values[name], "default": s.default, "about": s.about, "choices": list(s.choices)}
            for name, s in self._known.items()
        }


def _same_kind(default: Any, value: Any) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, type(default)) or default is None
