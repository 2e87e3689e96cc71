"""Forms whose fields are not known beforehand: one box or list per record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

_MOST = 500


@dataclass(frozen=True)
class Fields:
    """What a form sent, as text."""

    form: FormData = field(default_factory=FormData)

    def __contains__(self, name: str) -> bool:
        return name in self.form

    def text(self, name: str) -> str:
        """One field; empty when it was not sent."""
        return str(self.form.get(name, ""))[:_MOST].strip()

    def kept(self, name: str, saved: str) -> str:
        """What was filled in, where the form had the field, else what is saved."""
        return self.text(name) if name in self else saved

    def texts(self, name: str) -> Sequence[str]:
        """Every value of a field, in order."""
        return [str(value)[:_MOST].strip() for value in self.form.getlist(name)]


async def _fields(request: Request) -> Fields:
    return Fields(await request.form())


# The form of the request; asked for beside `Acting`, which has checked it.
FormFields = Annotated[Fields, Depends(_fields)]
