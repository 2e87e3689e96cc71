"""What a plugin still uses of the contract that is on its way out.

pluggy warns of it too, but Python shows such a warning to nobody outside of tests, and an operator has to hear of it
before the version comes that the plugin does not load with.
"""

from __future__ import annotations

from dataclasses import fields

import pluggy

from ledgerport.contract import ProviderTerms
from ledgerport.contract.deprecation import Deprecated, announced


def deprecations(manager: pluggy.PluginManager, plugin: object, terms: ProviderTerms) -> tuple[Deprecated, ...]:
    """Hooks that it implements, arguments that it asks for, and terms that it gives a value of its own."""
    found: list[Warning | None] = []
    for caller in manager.get_hookcallers(plugin) or ():
        if caller.spec is None:
            continue
        found.append(caller.spec.warn_on_impl)
        asked = {name for implementation in caller.get_hookimpls() for name in implementation.argnames}
        found += [warning for name, warning in (caller.spec.warn_on_impl_args or {}).items() if name in asked]
    leaving = announced(type(terms))
    found += [leaving[its.name] for its in fields(terms) if its.name in leaving and _given(terms, its.name)]
    return tuple(warning for warning in found if isinstance(warning, Deprecated))


def _given(terms: ProviderTerms, name: str) -> bool:
    default = next(its.default for its in fields(terms) if its.name == name)
    return bool(getattr(terms, name) != default)
