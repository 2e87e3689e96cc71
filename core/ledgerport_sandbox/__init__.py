"""The kit for emulators of accounting providers: clock, consent and tokens, faults, limits, ledger, store, runner.

An emulator is found through the entry-point group `ledgerport.sandboxes`; the value is `create_app(**options) -> ASGI
app` with the options `store` (path, ":memory:" or None for a temporary file) and `clock`. The kit knows no provider
and imports nothing of the hub.
"""

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.clock import Clock, Pace
from ledgerport_sandbox.limits import Limit
from ledgerport_sandbox.runner import Running, load, serve
from ledgerport_sandbox.sandbox import Sandbox
from ledgerport_sandbox.switches import Switch

__all__ = ["Call", "Clock", "Limit", "Pace", "Reply", "Running", "Sandbox", "Switch", "load", "serve"]
