"""What a check may use that is also asked of a real company or of a recording: hooks, and nothing behind them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol, TypeVar

from ledgerport.contract import Kind, ProviderTerms, Push, PushMapping, Remote, Value

Seen = TypeVar("Seen")


class Books(Protocol):
    """A connected company's books."""

    @property
    def terms(self) -> ProviderTerms: ...

    @property
    def mapping(self) -> PushMapping:
        """What an operator would choose: the first account of each use, a tax code each for taxed and untaxed lines."""

    @property
    def today(self) -> date:
        """The day that documents carry."""

    def offers(self, hook: str) -> bool:
        """Whether the plugin has this hook."""

    def ask(self, hook: str, **arguments: Any) -> Any:
        """Ask a hook that takes an account. Raises the contract's errors."""

    def named(self, what: str) -> str:
        """A text that nothing in these books has, beginning with `what`; letters, digits and hyphens are added."""

    def push(self, value: Value, **known: Any) -> Push[Any]:
        """A value on its way, with an operation and a marker of its own."""

    def made(self, kind: Kind, push: Push[Any], remote: Remote) -> None:
        """It stands in somebody's books now: whoever owns them takes it out again in the end."""

    def taken_out(self, remote: Remote) -> None:
        """The check did so itself."""

    def eventually(self, look: Callable[[], Seen]) -> Seen:
        """Look until there is something, as long as the provider's search may lag; the last answer."""
