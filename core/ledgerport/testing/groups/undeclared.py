"""What a plugin does not declare is not asked of it, and what it has is declared."""

from __future__ import annotations

from importlib.metadata import entry_points

from ledgerport.contract import Broken, Kind, ProviderTerms, hookspecs
from ledgerport.host import GROUP as PLUGINS
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk

GROUP = "undeclared hooks"


def hook_names() -> list[str]:
    """Every hook of the contract."""
    return sorted(name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "ledgerport_spec"))


def _takes_all(terms: ProviderTerms) -> str:
    return f"{terms.label} takes every kind." if all(kind in terms.kinds for kind in Kind) else ""


@check(
    "undeclared.every_hook_is_marked",
    group=GROUP,
    needs=Needs(books=False),
    change="Put @hookimpl before the function: a hook without it is never called.",
    why="A void or a webhook that its author believes to work does nothing.",
)
def every_hook_is_marked(desk: Desk) -> None:
    plugin = next(point for point in entry_points(group=PLUGINS) if point.name == desk.subject.name).load()
    offered = {name for name in hook_names() if desk.plugin.offers(name)}
    forgotten = [name for name in hook_names() if callable(getattr(plugin, name, None)) and name not in offered]
    assert not forgotten, f"written, and not marked with @hookimpl: {', '.join(forgotten)}"


@check(
    "undeclared.is_refused_by_name",
    group=GROUP,
    needs=Needs(books=False),
    change="Nothing: this is the hub's part. If it fails, your plugin answers to any name (a __getattr__); name your "
    "hooks.",
    why="A hook that is answered by accident does something that nobody meant.",
)
def refused_by_name(desk: Desk) -> None:
    missing = [name for name in hook_names() if not desk.plugin.offers(name)]
    for name in missing:
        try:
            desk.plugin.ask(name)
        except Broken:
            continue
        raise AssertionError(f"{name} is not offered, and answers")


@check(
    "undeclared.kinds_are_left_alone",
    group=GROUP,
    needs=Needs(terms=_takes_all),
    change="Leave a kind that you do not push out of ProviderTerms.kinds.",
    why="Records that your provider cannot take must neither be sent nor pile up as failures.",
)
def kinds_are_left_alone(desk: Desk) -> None:
    strange = {
        Kind.CUSTOMER: [records.customer(1)],
        Kind.ITEM: [records.item(1)],
        Kind.ESTIMATE: [records.customer(1), records.item(1), records.estimate(1)],
        Kind.INVOICE: [records.customer(1), records.item(1), records.invoice(1)],
        Kind.PAYMENT: [
            records.customer(1),
            records.item(1),
            records.invoice(1),
            records.payment(1, parts={1: "1.00"}),
        ],
    }
    for kind in Kind:
        if kind not in desk.terms.kinds:
            desk.load(strange[kind])
    desk.drain()
    left = [one for one in desk.stuck() if one.kind not in desk.terms.kinds]
    assert not left, f"{left[0].kind}s are not taken, and {left[0].ref} is stuck: {left[0].reason}"
