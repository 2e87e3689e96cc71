"""What is asked for: name, label, kinds, how doubles are prevented, how one signs in. Checked at birth."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ledgerport.contract import Kind

IDEMPOTENCY = ("none", "key")
AUTH = ("oauth2", "api-key")
_NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
# It ends up in strings and comments of Python, in TOML and in pages.
_LABEL = re.compile(r"\w(?:[\w .&+-]{0,38}[\w.+])?")
# What a record of this kind cannot be sent without.
_NEEDS = {Kind.INVOICE: Kind.CUSTOMER, Kind.ESTIMATE: Kind.CUSTOMER, Kind.PAYMENT: Kind.INVOICE}


class BadWish(ValueError):
    """No plugin can be written from this. The message names the option and what it may hold."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A plugin as it is to be: `slug` is its name everywhere, `label` what people read. Raises BadWish."""

    slug: str
    label: str
    kinds: tuple[Kind, ...]
    idempotency: str = "none"
    auth: str = "oauth2"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.slug):
            raise BadWish(
                f"{self.slug!r} is no name for a plugin: 2 to 20 lower-case letters and digits, a letter first, such "
                "as acme. It becomes part of package names, addresses and settings."
            )
        if not _LABEL.fullmatch(self.label):
            raise BadWish(
                f"--label {self.label!r} is no name for people to read: at most 40 letters, digits and blanks, and of "
                "the signs . & - + any."
            )
        if self.idempotency not in IDEMPOTENCY:
            raise BadWish(f"--idempotency is {' or '.join(IDEMPOTENCY)}, not {self.idempotency!r}.")
        if self.auth not in AUTH:
            raise BadWish(f"--auth is {' or '.join(AUTH)}, not {self.auth!r}.")
        if Kind.CUSTOMER not in self.kinds:
            raise BadWish("--kinds must have customer: everything else is about one.")
        for kind in self.kinds:
            if (needed := _NEEDS.get(kind)) is not None and needed not in self.kinds:
                raise BadWish(f"--kinds has {kind} and not {needed}, without which it cannot be sent: add {needed}.")

    @classmethod
    def of(
        cls, slug: str, *, kinds: Iterable[str], label: str = "", idempotency: str = "none", auth: str = "oauth2"
    ) -> Self:
        """From words as a person types them; kinds in any order. Raises BadWish."""
        words = [word.strip().lower() for word in kinds if word.strip()]
        if unknown := [word for word in words if word not in set(Kind)]:
            raise BadWish(f"--kinds does not know {', '.join(unknown)}; it knows {', '.join(Kind)}.")
        chosen = tuple(kind for kind in Kind if kind in words)
        return cls(slug=slug, label=label or slug.title(), kinds=chosen, idempotency=idempotency, auth=auth)
