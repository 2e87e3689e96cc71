"""What can go wrong at a provider, as decisions.

ContractError ├── TryLater      wait, then do the same again ├── LoginNeeded   the grant is gone: a person must
reconnect ├── NameTaken     somebody over there already has this name or number ├── Stale         our version of the
remote object is old: read again, send once more ├── Refused       the provider will never take this as it is: a
person must act ├── Gone          the object was deleted over there ├── Unknown       sent, but no answer that says
what became of it: look before you send again └── Broken        the plugin or the provider answered nonsense

A plugin's `faults.py` turns a provider's answer into exactly one of these; the engine decides on the branch and never
reads a status code. `reason` is a sentence for people; `detail` holds the provider's own words, `trace_id` its id for
the call, both free of secrets.
"""

from __future__ import annotations

from datetime import datetime, timedelta


class ContractError(Exception):
    """Base of the closed tree; never raised itself."""

    def __init__(self, reason: str, *, detail: str = "", code: str = "", trace_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.code = code
        self.trace_id = trace_id


class TryLater(ContractError):
    """Nothing was applied; the same may be tried again `after` a span or `at` a moment (UTC).

    Neither: as the engine sees fit.
        `throttled` tells a provider's limit (hold every call of this company) from trouble with this one call.
    """

    def __init__(
        self,
        reason: str,
        *,
        after: timedelta | None = None,
        at: datetime | None = None,
        throttled: bool = False,
        detail: str = "",
        code: str = "",
        trace_id: str = "",
    ) -> None:
        super().__init__(reason, detail=detail, code=code, trace_id=trace_id)
        self.after = after
        self.at = at
        self.throttled = throttled


class LoginNeeded(ContractError):
    """The provider no longer accepts the grant, structurally and for certain (`invalid_grant`, a revoked app).

    `company_only`: the grant itself is good, but this company (or this act, for want of a scope) is out of its reach:
    only its own connection needs a person.
    """

    def __init__(
        self, reason: str, *, company_only: bool = False, detail: str = "", code: str = "", trace_id: str = ""
    ) -> None:
        super().__init__(reason, detail=detail, code=code, trace_id=trace_id)
        self.company_only = company_only


class NameTaken(ContractError):
    """The name or number is in use over there.

    `remote_id` is the holder where the provider names it.
    """

    def __init__(
        self,
        reason: str,
        *,
        field: str = "name",
        remote_id: str | None = None,
        detail: str = "",
        code: str = "",
        trace_id: str = "",
    ) -> None:
        super().__init__(reason, detail=detail, code=code, trace_id=trace_id)
        self.field = field
        self.remote_id = remote_id


class Stale(ContractError):
    """The version sent is not the current one; nothing was saved."""


class Refused(ContractError):
    """The provider refuses this record as it is.

    `field` is ours (`email`, `lines[2].item`) where it can be told.     `whole_batch` says that a batch was refused
    before any of its records was looked at.
    """

    def __init__(
        self,
        reason: str,
        *,
        field: str = "",
        whole_batch: bool = False,
        detail: str = "",
        code: str = "",
        trace_id: str = "",
    ) -> None:
        super().__init__(reason, detail=detail, code=code, trace_id=trace_id)
        self.field = field
        self.whole_batch = whole_batch


class Gone(ContractError):
    """The remote object does not exist any more, or was made inactive for good."""


class Unknown(ContractError):
    """The request left and may have been applied; no readable answer came back."""


class Broken(ContractError):
    """An answer that fits no rule of the provider, or a fault in the plugin."""
