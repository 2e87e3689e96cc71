"""Finds plugins by entry point, guards them, addresses exactly one.

Hooks are never broadcast: a token or a customer must not reach another provider's code.
"""

from ledgerport.host.allowed import read_allowed
from ledgerport.host.breaker import Circuit, Rules
from ledgerport.host.finding import GROUP, find_plugins
from ledgerport.host.plugins import Host, Quarantined, UnknownProvider
from ledgerport.host.provider import PLUGIN_FAULT, Guard, Provider

__all__ = [
    "GROUP",
    "PLUGIN_FAULT",
    "Circuit",
    "Guard",
    "Host",
    "Provider",
    "Quarantined",
    "Rules",
    "UnknownProvider",
    "find_plugins",
    "read_allowed",
]
