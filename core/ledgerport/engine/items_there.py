"""The items that a provider has already, to be found by SKU or name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ledgerport.contract import Item, PulledItem, Remote, name_key


class ItemsThere:
    """What is in use over there; made once, then asked for one item after the other."""

    __slots__ = ("_by_name", "_by_sku")

    def __init__(self, pulled: Iterable[PulledItem]) -> None:
        self._by_sku: dict[str, list[Remote]] = defaultdict(list)
        self._by_name: dict[str, list[tuple[Remote, str]]] = defaultdict(list)
        for one in pulled:
            if not one.remote.active:
                continue
            sku = _key(one.value.sku or one.value.code)
            if sku:
                self._by_sku[sku].append(one.remote)
            self._by_name[_key(one.value.name)].append((one.remote, sku))

    def like(self, item: Item) -> Sequence[Remote]:
        """Those with its SKU; where none has it, those with its name whose SKU does not say that they are another."""
        sku = _key(item.sku)
        if sku and sku in self._by_sku:
            return self._by_sku[sku]
        return [remote for remote, theirs in self._by_name.get(_key(item.name), ()) if not (sku and theirs)]


def _key(text: str) -> str:
    return name_key(" ".join(text.split()))
