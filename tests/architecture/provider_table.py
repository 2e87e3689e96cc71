"""The README's table of what each provider can do: from terms, offered hooks and what it ships, never by hand.

`.venv/bin/python -m tests.architecture.provider_table` writes it into the README.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ledgerport.conformance import Grade
from ledgerport.contract import ClientAuth, KeyTrust, Kind, KindTerms, Limit, Lookup, NameRules, ProviderTerms, Scope
from ledgerport.host import Provider, find_plugins
from ledgerport.services.plugin_grades import grade_plugin

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- providers: begin -->", "<!-- providers: end -->"
COMMAND = ".venv/bin/python -m tests.architecture.provider_table"

_UNITS = ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes"), (1, "second", "seconds"))
_BY = {Lookup.MARKER: "our marker", Lookup.NUMBER: "number", Lookup.EMAIL: "e-mail", Lookup.NAME: "name"}


@dataclass(frozen=True)
class Facts:
    """One provider: terms, whether it offers a hook, promises (`done`, `todo` or `{exempt: why}`), grade."""

    terms: ProviderTerms
    offers: Callable[[str], bool]
    promises: dict[str, Any]
    grade: Grade

    def pushed(self) -> dict[Kind, KindTerms]:
        return {kind: its for kind, its in self.terms.kinds.items() if its.push}


def providers() -> list[Facts]:
    """The plugins of this repository, by label. Raises what the host says of one that does not load."""
    host = find_plugins()
    found = [_facts(path.parent, host.for_provider(path.parent.name)) for path in ROOT.glob("plugins/*/pyproject.toml")]
    return sorted(found, key=lambda facts: facts.terms.label)


def markdown(found: Iterable[Facts]) -> str:
    """The table: facts down, providers across."""
    columns = list(found)
    lines = [
        _row(["", *(facts.terms.label for facts in columns)]),
        _row(["---"] * (len(columns) + 1)),
        *(_row([name, *(cell(facts) for facts in columns)]) for name, cell in _ROWS),
    ]
    return "\n".join(lines) + "\n"


def written(readme: str, table: str) -> str:
    """The README with this table between its markers."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}{END}{after}"


def _facts(folder: Path, provider: Provider) -> Facts:
    quality = folder / "quality.toml"
    promises: dict[str, Any] = tomllib.loads(quality.read_text())["promises"] if quality.exists() else {}
    grade = grade_plugin(provider.terms.slug, provider.files)
    return Facts(provider.terms, provider.offers, promises, grade)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


# -- cells -------------------------------------------------------------------------------------------------------------


def _batches(facts: Facts) -> str:
    told = _grouped({kind: its.batch_size for kind, its in facts.pushed().items() if its.batch_size > 1})
    choices = sorted({its.batch_choice for its in facts.pushed().values() if its.batch_choice})
    if not told:
        return "one by one"
    return f"one by one; when `{'`, `'.join(choices)}` is on: {told}" if choices else told


def _limits(facts: Facts) -> str:
    terms = facts.terms
    told = "; ".join(_limit(limit) for limit in terms.limits) or "none published"
    return f"{told}; {terms.concurrency} under way at once"


def _limit(limit: Limit) -> str:
    meter = "" if limit.meter == "request" else f" `{limit.meter}` calls"
    whole = " for the whole app" if limit.scope is Scope.APP else ""
    number, unit = _span(limit.per)
    span = f"a {unit}" if number == 1 else f"in {number} {unit}"
    return f"{limit.count:,}{meter} {span}{whole}"


def _key(facts: Facts) -> str:
    its = facts.terms.idempotency
    if its.trust is KeyTrust.NONE:
        return "none"
    return f"yes, remembered for {_time(its.lifetime)}" if its.lifetime else "yes, remembered for an unknown time"


def _unknown(facts: Facts) -> str:
    terms = facts.terms
    how = {
        KeyTrust.REPEAT: f"repeated with its key within {_time(terms.idempotency.lifetime)}, else looked up",
        KeyTrust.LOOK_FIRST: "looked up, then sent again with a key",
        KeyTrust.NONE: "looked up, then sent again",
    }[terms.idempotency.trust]
    lag = f", and {_time(terms.search_lag)} more for the search to catch up" if terms.search_lag else ""
    several = ", several records in one look-up" if facts.offers("find_pushed_batch") else ""
    return f"{how}{several}; at the earliest {_time(terms.request_timeout)} after it left{lag}"


def _found_by(kind: Kind) -> Callable[[Facts], str]:
    def cell(facts: Facts) -> str:
        its = facts.pushed().get(kind)
        by = {**_BY, Lookup.NUMBER: "code"} if kind is Kind.ITEM else _BY
        return ", ".join(words for lookup, words in by.items() if lookup in its.lookups) if its else "not sent"

    return cell


def _names(facts: Facts) -> str:
    told = []
    for kind, its in facts.pushed().items():
        if its.name is not None:
            told.append(f"{kind}s {_rules(its.name)}")
        if its.code is not None:
            told.append(f"{kind} codes {_rules(its.code)}")
    return "; ".join(told) or "as they are"


def _rules(rules: NameRules) -> str:
    return f"{rules.max_length:,} characters{', each its own' if rules.unique else ''}"


def _tokens(facts: Facts) -> str:
    its = facts.terms.oauth
    told = "as long as its answer says" if its.refresh_expires_field else "without an end"
    refresh = f"{_time(its.refresh_life)} unused" if its.refresh_life else told
    turned = "a new refresh token each time" if its.rotates else "the refresh token stays"
    grace = f", the last one works {_time(its.grace)} longer" if its.grace else ", no grace for a lost answer"
    return f"access {_time(its.access_life)}, refresh {refresh}; {turned}{grace if its.rotates else ''}"


def _consent(facts: Facts) -> str:
    its = facts.terms.oauth
    secret = "in the header" if its.client_auth is ClientAuth.BASIC else "in the form"
    public = "; apps without a secret too" if its.public_apps else ""
    return f"{'with PKCE' if its.pkce else 'without PKCE'}, secret {secret}{public}"


def _void(facts: Facts) -> str:
    if not facts.offers("void_invoice"):
        return "no"
    return "taken out of the books" if facts.terms.voids_delete else "stays, with a total of zero"


def _tax(facts: Facts) -> str:
    who = "worked out there; cents apart are kept and shown" if facts.terms.computes_tax else "our amount is taken"
    return f"{who}; {_needed(facts, 'needs_tax_codes', 'tax codes must be mapped', 'no mapping needed')}"


def _needed(facts: Facts, need: str, yes: str, no: str) -> str:
    return yes if any(getattr(its, need) for its in facts.pushed().values()) else no


def _income(facts: Facts) -> str:
    kinds = [kind for kind, its in facts.pushed().items() if its.needs_income_account]
    told = [f"{kind}s" if kind is Kind.ITEM else f"{kind} lines without an item" for kind in kinds]
    return f"needed for {_listed(told)}" if told else "not needed"


def _webhooks(facts: Facts) -> str:
    if not facts.offers("read_webhook"):
        return "no"
    kinds = _kinds(kind for kind in Kind if kind in facts.terms.webhook_kinds)
    how = "registered by API" if facts.offers("register_webhook") else "set up in the provider's portal"
    return f"{kinds}; {how}"


def _changes(facts: Facts) -> str:
    if not facts.offers("pull_changes"):
        return "no"
    back = facts.terms.look_back
    return f"yes, {_time(back)} back" if back else "yes"


def _read_back(facts: Facts) -> str:
    lists = {f"{kind}s": f"pull_{kind}s" for kind in Kind} | {
        "accounts": "pull_accounts",
        "tax codes": "pull_tax_codes",
    }
    return _listed([name for name, hook in lists.items() if facts.offers(hook)]) or "nothing"


def _missing(facts: Facts) -> str:
    told = [name.replace("_", " ") for name, promise in facts.promises.items() if isinstance(promise, dict)]
    todo = [f"{name.replace('_', ' ')} (to do)" for name, promise in facts.promises.items() if promise == "todo"]
    return ", ".join(sorted(told) + sorted(todo)) or "nothing"


def _graded(facts: Facts) -> str:
    money = "safe for money" if facts.grade.safe_for_money else "not proven safe for money"
    return f"{facts.grade.level}, {money}"


def _yes(hook: str) -> Callable[[Facts], str]:
    return lambda facts: "yes" if facts.offers(hook) else "no"


_ROWS: tuple[tuple[str, Callable[[Facts], str]], ...] = (
    ("Grade", _graded),
    ("Sent", lambda facts: _kinds(facts.pushed())),
    ("In one request", _batches),
    ("Limits, a company", _limits),
    ("Idempotency key", _key),
    ("**Unknown outcome**", _unknown),
    *((f"{kind.capitalize()}s are found by", _found_by(kind)) for kind in Kind),
    ("Customers matched by e-mail first", _yes("find_customers")),
    ("Names", _names),
    ("Income account", _income),
    ("Deposit account", lambda facts: _needed(facts, "needs_deposit_account", "needed for payments", "not needed")),
    (
        "Line without an item",
        lambda facts: _needed(facts, "lines_need_items", "gets the item `Service`", "sent as it is"),
    ),
    ("Sales tax", _tax),
    ("Void an invoice", _void),
    ("Delete a payment", _yes("delete_payment")),
    ("Consent", _consent),
    ("Tokens", _tokens),
    ("Ended on disconnect", _yes("revoke_token")),
    ("Webhooks", _webhooks),
    ("Feed of changes", _changes),
    ("Read back", _read_back),
    ("Left out, for a reason in its quality.toml", _missing),
)

# -- words -------------------------------------------------------------------------------------------------------------


def _grouped(sizes: Mapping[Kind, int]) -> str:
    """`up to 30 customers or items, 10 invoices`."""
    groups: dict[int, list[Kind]] = {}
    for kind, size in sizes.items():
        groups.setdefault(size, []).append(kind)
    return "; ".join(f"up to {size} {_kinds(kinds, 'or')}" for size, kinds in groups.items())


def _kinds(kinds: Iterable[Kind], word: str = "and") -> str:
    """`customers and items`; `all five kinds` where it is all of them."""
    found = list(kinds)
    if len(found) == len(Kind):
        return "all five kinds" if word == "and" else "of a kind"
    return _listed([f"{kind}s" for kind in found], word)


def _listed(words: list[str], word: str = "and") -> str:
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)


def _time(span: timedelta) -> str:
    number, unit = _span(span)
    return f"{number} {unit}"


def _span(span: timedelta) -> tuple[str | int, str]:
    """(30, "minutes"), (1, "hour"), ("0.5", "seconds")."""
    seconds = span.total_seconds()
    for size, one, many in _UNITS:
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return number, one if number == 1 else many
    return f"{seconds:g}", "seconds"


def main() -> str:
    """Write the table into the README; which providers are in it."""
    found = providers()
    README.write_text(written(README.read_text(), markdown(found)))
    return _listed([facts.terms.label for facts in found])


if __name__ == "__main__":
    print(f"README.md: {main()}")
