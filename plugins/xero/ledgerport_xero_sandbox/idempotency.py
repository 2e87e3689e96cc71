"""Idempotency-Key (section 2.3): the same request gets its first answer again for six minutes, errors too."""

from __future__ import annotations

import hashlib
from collections import Counter

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switches
from ledgerport_xero_sandbox.refusals import ApiError, invalid

LONGEST = 128
_METHODS = frozenset({"PUT", "POST", "PATCH"})


class Replays:
    """Answers by app and key. A tenant does not count: two organisations of one app share the keys. `running` counts
    the requests under way.
    """

    def __init__(self, store: Store, clock: Clock, switches: Switches) -> None:
        self._store, self._clock, self._switches = store, clock, switches
        self.running: Counter[tuple[str, str]] = Counter()

    @staticmethod
    def key_of(call: Call) -> str:
        """The key of a call that may be repeated; empty when there is none."""
        return call.headers.get("idempotency-key", "") if call.method in _METHODS else ""

    def enter(self, call: Call) -> ApiError | None:
        """A request with a key has come; a refusal when another one runs under it (switch; wording UNSURE)."""
        key = (call.client, self.key_of(call))
        if not key[1]:
            return None
        if self.running[key] and self._switches["idempotency_while_running"] == "refuse":
            return invalid([], f"Idempotency Key: {key[1]} is in use by another request.")
        self.running[key] += 1
        call.details["running"] = key
        return None

    def leave(self, call: Call) -> None:
        """The request has been answered or dropped."""
        key = call.details.get("running")
        if key is not None:
            self.running[key] -= 1
            if not self.running[key]:
                del self.running[key]

    def look(self, call: Call) -> tuple[int, bytes] | None:
        """The first answer to this key, or None. Raises ApiError when the key is too long or was used for another
        request.
        """
        key = self.key_of(call)
        if len(key) > LONGEST:
            raise invalid([], f"Idempotency Key must not exceed {LONGEST} characters")  # UNSURE: wording
        found = self._store.answer(_app(call), key) if key else None
        if found is None:
            return None
        at, about, status, body = found
        if self._clock.now() - at >= self._switches["idempotency_minutes"] * 60:
            return None
        if about != _about(call):
            text = f"Idempotency Key: {key} is used with a different request."
            if self._switches["idempotency_mismatch"] == "elements":
                raise invalid([{"ValidationErrors": [{"Message": text}]}])
            raise invalid([], text)
        return status, body

    def keep(self, call: Call, reply: Reply) -> None:
        """Remember an answer; a later one of the same call replaces it (a server error after the work was done)."""
        if key := self.key_of(call):
            self._store.keep_answer(_app(call), key, self._clock.now(), _about(call), reply.status, reply.body)


def _app(call: Call) -> str:
    return f"app:{call.client}"


def _about(call: Call) -> str:
    query = "&".join(f"{name}={value}" for name, value in sorted(call.query.items()))
    # The tenant is a header, not part of the URL, so it does not make another request of it.
    return f"{call.method} {call.path}?{query} {hashlib.sha256(call.body).hexdigest()}"
