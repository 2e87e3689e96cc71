"""A plugin that worked with the last release works with this one, or was told before that it would not."""

from __future__ import annotations

import copy
import dataclasses
import enum
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import pluggy
import pytest
from tests.architecture.contract_snapshot import breaks, describe, last_released, snapshot, unannounced

from ledgerport.contract.deprecation import Deprecated, announced, deprecated, retiring, warns_of_fields

WARNING = Deprecated("Thing.old", instead="Thing.new", removed_in=2, not_before=date(2027, 6, 1))
Snapshot = dict[str, Any]


def test_nothing_left_the_contract_that_its_last_release_did_not_announce() -> None:
    assert unannounced(last_released(), snapshot()) == {}, (
        "Plugins that are out there would fall over. Next: core/docs/contract-policy.md"
    )


def test_the_version_never_goes_back() -> None:
    assert snapshot()["contract"] >= last_released()["contract"]


def test_a_snapshot_holds_every_name_and_hook() -> None:
    told = snapshot()

    assert {"Remote", "ProviderTerms", "TryLater", "Kind", "read_grant"} <= told["names"].keys()
    assert {"push_invoice", "find_pushed", "refresh_token"} <= told["hooks"].keys()
    assert told["hooks"]["find_customers"] == {
        "takes": {"account": "Account", "email": "str"},
        "gives": "list[Remote]",
    }
    assert told["names"]["Remote"]["takes"]["version"] == "by name: str = ''"


def gone_hook(told: Snapshot) -> None:
    del told["hooks"]["find_pushed"]


def gone_name(told: Snapshot) -> None:
    del told["names"]["TryLater"]


def gone_field(told: Snapshot) -> None:
    del told["names"]["Remote"]["takes"]["version"]


def another_type(told: Snapshot) -> None:
    told["names"]["Remote"]["takes"]["version"] = "by name: int = 0"


def another_default(told: Snapshot) -> None:
    told["names"]["ProviderTerms"]["takes"]["voids_delete"] = "by name: bool = True"


def new_field_that_must_be_given(told: Snapshot) -> None:
    told["names"]["Remote"]["takes"]["etag"] = "by name: str"


def new_parameter_by_place(told: Snapshot) -> None:
    told["names"]["round_money"]["takes"]["how"] = "str = 'half up'"


def argument_of_a_hook_gone(told: Snapshot) -> None:
    del told["hooks"]["push_invoice"]["takes"]["account"]


def another_answer(told: Snapshot) -> None:
    told["hooks"]["push_invoice"]["gives"] = "Outcome"


def another_member(told: Snapshot) -> None:
    told["names"]["Kind"]["members"]["ITEM"] = "product"


def no_error_any_more(told: Snapshot) -> None:
    told["names"]["TryLater"]["bases"].remove("ContractError")


def other_order(told: Snapshot) -> None:
    takes = told["names"]["round_money"]["takes"]
    told["names"]["round_money"]["takes"] = dict(reversed(takes.items()))


BREAKS = {
    gone_hook: "find_pushed",
    gone_name: "TryLater",
    gone_field: "Remote.version",
    another_type: "Remote.version",
    another_default: "ProviderTerms.voids_delete",
    new_field_that_must_be_given: "Remote.etag",
    new_parameter_by_place: "round_money.how",
    argument_of_a_hook_gone: "push_invoice.account",
    another_answer: "push_invoice",
    another_member: "Kind.ITEM",
    no_error_any_more: "TryLater",
    other_order: "round_money",
}


@pytest.mark.parametrize(("change", "place"), BREAKS.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_break_is_seen_where_it_is(change: Callable[[Snapshot], None], place: str) -> None:
    now = copy.deepcopy(snapshot())
    change(now)

    assert set(breaks(snapshot(), now)) == {place}
    assert set(unannounced(snapshot(), now)) == {place}


def test_growth_is_no_break() -> None:
    now = copy.deepcopy(snapshot())
    now["names"]["Novel"] = {"is": "value", "value": "1"}
    now["names"]["Kind"]["members"]["BILL"] = "bill"
    now["names"]["Remote"]["takes"]["etag"] = "by name: str = ''"
    now["hooks"]["push_bill"] = {"takes": {"account": "Account"}, "gives": "Remote"}
    now["hooks"]["push_invoice"]["takes"]["reason"] = "str"

    assert breaks(snapshot(), now) == {}


def test_what_was_announced_may_go_with_the_version_that_was_said() -> None:
    before, now = copy.deepcopy(snapshot()), copy.deepcopy(snapshot())
    gone_hook(now)
    gone_field(now)
    removal = {"removed_in": before["contract"] + 1, "not_before": "2027-06-01"}
    before["announced"] = {"find_pushed": removal, "Remote.version": removal}

    assert set(unannounced(before, now)) == {"find_pushed", "Remote.version"}
    now["contract"] += 1
    assert unannounced(before, now) == {}


# --- deprecations -----------------------------------------------------------------------------------------------------


def test_a_deprecation_says_what_instead_and_when_it_goes() -> None:
    assert str(WARNING) == ("Thing.old is deprecated: use Thing.new. It goes with contract 2, not before 2027-06-01.")


def test_a_deprecated_function_and_class_work_and_warn() -> None:
    @deprecated(WARNING)
    def double(value: int) -> int:
        return value * 2

    @deprecated(WARNING)
    class Old:
        pass

    with pytest.warns(DeprecationWarning, match="contract 2, not before 2027-06-01"):
        assert double(2) == 4
    with pytest.warns(DeprecationWarning, match=r"use Thing\.new"):
        Old()
    assert announced(double) == {"": WARNING}
    assert announced(Old) == {"": WARNING}


def test_a_field_on_its_way_out_warns_whoever_still_gives_it() -> None:
    @warns_of_fields
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Thing:
        new: str = ""
        old: str = retiring("", WARNING)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Thing(new="a").old == ""
    with pytest.warns(Deprecated, match=r"Thing\.old is deprecated"):
        assert Thing(old="b").old == "b"
    assert announced(Thing) == {"old": WARNING}


def test_a_plugin_with_a_deprecated_hook_is_warned_when_it_is_loaded() -> None:
    spec, implement = pluggy.HookspecMarker("x"), pluggy.HookimplMarker("x")

    class Specs:
        @spec(firstresult=True, warn_on_impl=WARNING)
        def push_thing(self) -> None: ...

    class Plugin:
        @implement
        def push_thing(self) -> None: ...

    manager = pluggy.PluginManager("x")
    manager.add_hookspecs(Specs)
    with pytest.warns(Deprecated, match="contract 2"):
        manager.register(Plugin())


class Colour(enum.StrEnum):
    RED = "red"


def test_constants_aliases_and_enums_are_described() -> None:
    assert describe("on") == {"is": "value", "value": "'on'"}
    assert describe(Colour) == {"is": "enum", "members": {"RED": "red"}}
    assert describe(int | str)["value"] == "int | str"
