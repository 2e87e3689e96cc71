"""`requestid` (section 2.2): the same id gets the first answer again and changes nothing."""

from __future__ import annotations

from collections import Counter

from ledgerport_quickbooks_sandbox.refusals import Refused
from ledgerport_quickbooks_sandbox.state import Books

SINGLE_MAXIMUM = 50


class Replays:
    """Answers by company and id. `running` counts the requests under way, for the switch `requestid_while_running`."""

    def __init__(self) -> None:
        self.running: Counter[tuple[str, str]] = Counter()

    def check(self, books: Books, requestid: str, *, batch: bool) -> None:
        """Raises Refused 2130 for an id that is empty or too long."""
        limit = int(books.switches["batch_requestid_maximum"]) if batch else SINGLE_MAXIMUM
        if not requestid or len(requestid) > limit:
            raise Refused("2130", f"Invalid Request Id Format: requestid has 1 to {limit} characters", "requestid")

    def look(self, books: Books, key: str, about: str) -> tuple[int, bytes] | None:
        """The stored (status, body), or None. Raises Refused 600 when the id was used for another operation
        (switch).
        """
        stored = books.store.answer(books.company.id, key)
        if stored is None:
            return None
        at, was, status, body = stored
        minutes = float(books.switches["requestid_remembered_minutes"])
        if minutes and books.clock.now() - at > minutes * 60:
            return None
        if was != about and books.switches["requestid_other_operation"] == "600":
            raise self.duplicate()
        return status, body

    def keep(self, books: Books, key: str, about: str, status: int, body: bytes) -> None:
        """Remember an answer."""
        books.store.keep_answer(books.company.id, key, books.clock.now(), about, status, body)

    def keep_fault(self, books: Books, key: str, about: str, status: int, body: bytes) -> None:
        """Remember a refusal, where the switch says so."""
        if books.switches["requestid_remembers_faults"]:
            self.keep(books, key, about, status, body)

    @staticmethod
    def duplicate() -> Refused:
        """600; Detail UNSURE."""
        return Refused(
            "600", "Duplicate Request ID : the request id is in use or was used for another operation", "requestid"
        )
