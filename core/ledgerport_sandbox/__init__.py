"""The kit for emulators: clock, faults, limits, call log, runner; for accounting providers consent, ledger and store.

A provider's emulator is found through the entry-point group `ledgerport.sandboxes`; the value is `create_app(**options)
-> ASGI app` with the options `store` (path, ":memory:" or None for a temporary file) and `clock`. The kit knows no
provider and imports nothing of the hub. `runner.SERVICES` are the emulators that come with it: of services that are no
accounting provider, such as `voyage`.
"""

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.clock import Clock, Pace
from ledgerport_sandbox.limits import Limit
from ledgerport_sandbox.runner import Running, load, serve
from ledgerport_sandbox.sandbox import Sandbox
from ledgerport_sandbox.service import Service
from ledgerport_sandbox.switches import Switch

__all__ = ["Call", "Clock", "Limit", "Pace", "Reply", "Running", "Sandbox", "Service", "Switch", "load", "serve"]
