"""One plugin, addressed alone: every call of a hook goes through here and is guarded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pluggy
from pydantic import SecretStr

from ledgerport.contract import (
    Account,
    Broken,
    Clock,
    ContractError,
    Grant,
    LoginNeeded,
    ProviderTerms,
    SystemClock,
    TryLater,
    Unknown,
    hookspecs,
)
from ledgerport.host.answers import problem_of, problem_of_error
from ledgerport.host.breaker import Breaker, Circuit, Resting, Rules, Ticket, Told
from ledgerport.host.deprecations import deprecations
from ledgerport.host.threads import Busy, HookThreads, Hung, TooManyHang
from ledgerport.host.trace import trace
from ledgerport.plugin_files import PluginFiles

# Strangers decide what these are given: whatever they provoke must not stop the plugin's other calls, so they have
# threads of their own and open no circuit.
_FOR_STRANGERS = frozenset({"confirm_webhook", "read_webhook"})
# The `code` of a Broken that we raised because of what the plugin did; any other Broken is the provider's nonsense.
PLUGIN_FAULT = "plugin_fault"
# These end a call as the contract says, and any plugin may come to them: they neither prove nor disprove that it works.
_SAY_NOTHING = (TryLater, LoginNeeded, Unknown, Broken)
_WHILE_BUSY = timedelta(seconds=5)
_WHILE_HANGING = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What stands between the hub and each plugin, besides the time limit.

    `told` hears of circuits: the provider's slug, whose circuit it is, the circuit or None when it closed. `hide` is
    handed every secret that a hook is given or returns, so that none of them reaches a log. `trace`: a line for each
    call.
    """

    clock: Clock = field(default_factory=SystemClock)
    rules: Rules = field(default_factory=Rules)
    told: Callable[[str, str, Circuit | None], None] | None = None
    hide: Callable[[str], None] | None = None
    trace: bool = False


_PLAIN = Guard()


class Provider:
    """One plugin, addressed alone.

    `hook_seconds`: how long (real) one call may take. `files`: as they were when it was loaded; None where it has none
    of its own. `deprecations`: what it still uses of the contract that will go.
    """

    def __init__(
        self,
        terms: ProviderTerms,
        plugin: object,
        distribution: str,
        hook_seconds: float,
        *,
        files: PluginFiles | None = None,
        guard: Guard = _PLAIN,
    ) -> None:
        self.terms = terms
        self.distribution = distribution
        self.files = files
        self._seconds = hook_seconds
        self._guard = guard
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(plugin)
        self._manager.check_pending()
        self.deprecations = deprecations(self._manager, plugin, terms)
        self._offered = frozenset(caller.name for caller in self._manager.get_hookcallers(plugin) or ())
        self._breaker = Breaker(clock=guard.clock, rules=guard.rules, told=self._teller())
        self._threads = HookThreads(f"hook-{terms.slug}")
        self._threads_for_strangers = HookThreads(f"webhook-{terms.slug}", at_once=8, may_hang=8)

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """The open circuits in this process."""
        return self._breaker.circuits()

    @property
    def hung(self) -> int:
        """How many calls of this process hang past their time."""
        return self._threads.hung + self._threads_for_strangers.hung

    @property
    def hide(self) -> Callable[[str], None] | None:
        """Whom to tell of a secret that the plugin is about to see."""
        return self._guard.hide

    def offers(self, hook: str) -> bool:
        """Whether the plugin implements a hook."""
        return hook in self._offered

    def ask(self, hook: str, /, **arguments: Any) -> Any:
        """Call one hook of this plugin.

        Raises the contract's errors as they come. Anything else the plugin raises, an answer that is not what the
        hook's specification says, a hook it does not offer, and a call that outlives the time limit become Broken;
        TryLater, without entering the plugin, when it failed too often of late or too many of its calls hang.
        """
        if hook not in self._offered:
            raise Broken(f"The plugin of {self.terms.label} does not offer {hook}.")
        if hook in _FOR_STRANGERS:
            return self._call(hook, arguments, self._threads_for_strangers, None)
        try:
            ticket = self._breaker.enter(_whose(hook, arguments))
        except Resting as rest:
            raise TryLater(
                f"Its plugin failed {rest.circuit.failures} times in a row, so it rests until "
                f"{rest.until:%H:%M:%S} UTC.",
                at=rest.until,
                throttled=True,
                detail=rest.circuit.why,
                code="plugin_rests",
            ) from None
        return self._call(hook, arguments, self._threads, ticket)

    def _call(self, hook: str, arguments: dict[str, Any], threads: HookThreads, ticket: Ticket | None) -> Any:
        caller = getattr(self._manager.hook, hook)
        self._hide(arguments)
        began = time.perf_counter()
        outcome: Any = None
        wrong = ""
        try:
            outcome = threads.run(lambda: caller(**arguments), self._seconds)
            wrong = problem_of(hook, outcome, arguments)
        except (Busy, TooManyHang) as error:
            outcome = error
            if ticket is not None:
                self._breaker.give_back(ticket)
            raise self._no_thread(error) from None
        except Hung as error:
            outcome = error
            # One call that hangs may be one slow answer; two in a row are not.
            self._failed(ticket, f"{hook}: no answer in time", weight=(self._guard.rules.failures + 1) // 2)
            raise Broken(
                f"The plugin of {self.terms.label} did not return from {hook} in {self._seconds:g} s."
            ) from error
        except ContractError as error:
            outcome, wrong = error, problem_of_error(error)
            if isinstance(error, Broken) and error.code == PLUGIN_FAULT:
                self._failed(ticket, f"{hook}: {error.reason}")
                raise
            if not wrong:
                self._ended(ticket, proof=not isinstance(error, _SAY_NOTHING))
                raise
        except BaseException as error:
            outcome = error
            self._failed(ticket, f"{hook}: {type(error).__name__}")
            # Only the type is repeated: a message may hold what the plugin was given.
            raise Broken(f"The plugin of {self.terms.label} failed in {hook}.", detail=type(error).__name__) from error
        finally:
            if self._guard.trace:
                took = time.perf_counter() - began
                trace(self.terms.slug, hook, arguments, outcome, took, nonsense=wrong)
        if wrong:
            self._failed(ticket, f"{hook}: {wrong}")
            raise Broken(f"The plugin of {self.terms.label} broke its contract: {hook} {wrong}.")
        self._ended(ticket, proof=True)
        self._hide({"answer": outcome})
        return outcome

    def _ended(self, ticket: Ticket | None, *, proof: bool) -> None:
        if ticket is not None:
            self._breaker.good(ticket, proof=proof)

    def _failed(self, ticket: Ticket | None, why: str, *, weight: int = 1) -> None:
        if ticket is not None:
            self._breaker.bad(ticket, why, weight=weight)

    def _no_thread(self, error: Busy | TooManyHang) -> TryLater:
        if isinstance(error, Busy):
            return TryLater("Too many of its calls are under way.", after=_WHILE_BUSY, throttled=True, code="busy")
        return TryLater(
            f"Its plugin does not return from {self.hung} calls, so it is asked for nothing until one ends; "
            "a restart of the worker ends them.",
            after=_WHILE_HANGING,
            throttled=True,
            code="plugin_hangs",
        )

    def _hide(self, values: Mapping[str, Any]) -> None:
        """Tell what must not be logged, before a plugin can log it and before we might."""
        if self._guard.hide is None:
            return
        for name, value in values.items():
            if isinstance(value, Grant):
                for token in (value.access_token, value.refresh_token):
                    if isinstance(token, SecretStr):
                        self._guard.hide(token.get_secret_value())
            elif isinstance(value, SecretStr):
                self._guard.hide(value.get_secret_value())
            elif name == "secret" and isinstance(value, str):
                self._guard.hide(value)

    def _teller(self) -> Told | None:
        told = self._guard.told
        if told is None:
            return None
        slug = self.terms.slug
        return lambda of, circuit: told(slug, of, circuit)


def _whose(hook: str, arguments: Mapping[str, Any]) -> str:
    """Who shares the fate of a call: a company's calls, a grant's, else those of one hook."""
    account, grant = arguments.get("account"), arguments.get("grant")
    if isinstance(account, Account) and account.company.id:
        return account.company.id
    if isinstance(grant, Grant):
        token = grant.refresh_token or grant.access_token
        return f"grant {sha256(token.get_secret_value().encode()).hexdigest()[:12]}"
    return f"hook {hook}"
