"""Why a company was not connected, in the user's words, with what helps."""

from __future__ import annotations

from ledgerport.services.rejections import Conflict

START_AGAIN = "Start again from the Integrations page."


class ConnectRefused(Conflict):
    """Nothing was connected or changed. `return_to` is where the person came from, where that is known and safe."""

    def __init__(self, reason: str, next_step: str = START_AGAIN, *, return_to: str = "") -> None:
        super().__init__(reason, next_step)
        self.return_to = return_to


class WrongCompany(ConnectRefused):
    """Somebody signed in to another company than the one this connection belongs to; both are named."""

    def __init__(self, *, signed_in_to: str, belongs_to: str) -> None:
        super().__init__(
            f'You signed in to "{signed_in_to}", but this connection belongs to "{belongs_to}".',
            "Sign in to that company, or disconnect first.",
        )
        self.signed_in_to, self.belongs_to = signed_in_to, belongs_to
