"""What a bench found out: one ratio, the target it is held to, and the figures behind it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One bench's result.

    `value` in `unit` is held to at most `target`. `figures` are what it was computed from, name (with its unit) to
    number or list of numbers, in the order in which they are shown.
    """

    bench: str
    value: float
    unit: str
    target: float
    figures: Mapping[str, Any]

    @property
    def reached(self) -> bool:
        return self.value <= self.target

    def lines(self) -> list[str]:
        """The finding for a person: verdict first, then one figure a line."""
        verdict = "reached" if self.reached else "MISSED"
        return [
            f"{self.bench}: {self.value:.3g} {self.unit} (target {self.target:g} or less: {verdict})",
            *(f"    {name}: {_shown(value)}" for name, value in self.figures.items()),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "reached": self.reached,
            "figures": dict(self.figures),
        }


def machine() -> dict[str, Any]:
    """The machine a bench ran on, and how busy it was with other things (load average of 1, 5 and 15 minutes)."""
    load = [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "load_average": load,
    }


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
