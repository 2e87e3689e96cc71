"""The public contract as plain data, and what may change in it between two releases.

Written at a release: `.venv/bin/python -m tests.architecture.contract_snapshot`. The reasons are in
core/docs/contract-policy.md. Libraries that compare interfaces (griffe) do not report a changed annotation, and do not
know that a hook may ask for one argument more; both are the heart of this one.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ledgerport import contract
from ledgerport.contract import hookspecs
from ledgerport.contract.deprecation import announced

RELEASED = Path(__file__).resolve().parents[2] / "core" / "docs" / "contract"
Snapshot = dict[str, Any]


def snapshot() -> Snapshot:
    """`names`: what a plugin may import; `hooks`: what it may answer; `announced`: what of both will go, and when."""
    names = {name: getattr(contract, name) for name in contract.__all__}
    specs = {name: thing for name, thing in vars(hookspecs).items() if hasattr(thing, _SPEC)}
    leaving: dict[str, Any] = {}
    for name, thing in names.items():
        for part, warning in announced(thing).items():
            leaving[".".join(filter(None, [name, part]))] = _removal(warning)
    for name, spec in specs.items():
        options = vars(spec)[_SPEC]
        if options["warn_on_impl"]:
            leaving[name] = _removal(options["warn_on_impl"])
        for argument, warning in (options["warn_on_impl_args"] or {}).items():
            leaving[f"{name}.{argument}"] = _removal(warning)
    return {
        "contract": contract.CONTRACT_VERSION,
        "names": {name: describe(thing) for name, thing in sorted(names.items())},
        "hooks": {name: _called(spec) for name, spec in sorted(specs.items())},
        "announced": dict(sorted(leaving.items())),
    }


_SPEC = f"{hookspecs.PROJECT}_spec"


def _removal(warning: Any) -> dict[str, Any]:
    return {"removed_in": warning.removed_in, "not_before": warning.not_before.isoformat()}


def describe(thing: object) -> dict[str, Any]:
    """One public name. A field reads "type" or "type = default", a parameter the same with its kind in front."""
    if inspect.isclass(thing) and issubclass(thing, enum.Enum):
        return {"is": "enum", "members": {member.name: member.value for member in thing}}
    if inspect.isclass(thing):
        bases = [base.__name__ for base in thing.__mro__[1:] if base is not object]
        told = {"is": "class", "bases": bases, **_called(thing)}
        if dataclasses.is_dataclass(thing):
            told["frozen"] = thing.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return {**told, "offers": _offers(thing)}
    if inspect.isfunction(thing):
        return {"is": "function", **_called(thing)}
    # A version and a constant count by their value, an alias by what it stands for.
    return {"is": "value", "value": None if thing is contract.CONTRACT_VERSION else _plain(thing)}


def _offers(thing: type[Any]) -> dict[str, Any]:
    """Public methods and properties of its own and of its bases in this house."""
    told: dict[str, Any] = {}
    for name, member in inspect.getmembers(thing):
        if name.startswith("_") or not any(
            name in vars(base) for base in thing.__mro__ if base.__module__.startswith("ledgerport")
        ):
            continue
        if inspect.isroutine(member):
            told[name] = _called(member)
        elif isinstance(member, property):
            told[name] = {"gives": _called(member.fget)["gives"]}
    return told


def _called(thing: Any) -> dict[str, Any]:
    shape = inspect.signature(thing)
    return {
        "takes": {name: _parameter(its) for name, its in shape.parameters.items()},
        "gives": "" if shape.return_annotation is inspect.Signature.empty else str(shape.return_annotation),
    }


def _parameter(its: inspect.Parameter) -> str:
    default = "" if its.default is inspect.Parameter.empty else f" = {_plain(its.default)}"
    by = {its.KEYWORD_ONLY: "by name: ", its.POSITIONAL_ONLY: "by place: "}.get(its.kind, "")
    return f"{by}{its.annotation if its.annotation is not inspect.Parameter.empty else 'anything'}{default}"


def _plain(value: object) -> str:
    if repr(value) == "<factory>":  # what a dataclass shows for `default_factory`
        return "made new"
    if inspect.isclass(value):
        return value.__name__
    if inspect.isfunction(value) or " at 0x" in repr(value):
        return type(value).__name__
    return repr(value)


# --- what changed -----------------------------------------------------------------------------------------------------


def breaks(old: Snapshot, new: Snapshot) -> dict[str, str]:
    """What a plugin written for `old` could fall over, by the place it stands at.

    Growth is none: a new name, a new member of an enum, a hook more, one more argument of a hook (a plugin names those
    it wants), a parameter more that has a default and goes by name.
    """
    found: dict[str, str] = {}
    for name, was in old["hooks"].items():
        now = new["hooks"].get(name)
        found.update({name: "the hook is gone"} if now is None else _calls(name, was, now, a_hook=True))
    for name, was in old["names"].items():
        now = new["names"].get(name)
        found.update({name: "the name is gone"} if now is None else _changes(name, was, now))
    return found


def _changes(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for what in ("is", "value", "frozen"):
        if was.get(what) != now.get(what):
            yield name, f"{what}: {was.get(what)!r} became {now.get(what)!r}"
    for base in was.get("bases", ()):
        if base not in now.get("bases", ()):
            yield name, f"it is no {base} any more"
    for member, value in was.get("members", {}).items():
        if now.get("members", {}).get(member) != value:
            yield f"{name}.{member}", f"{value!r} became {now.get('members', {}).get(member, 'nothing')!r}"
    if "takes" in was:
        yield from _calls(name, was, now)
    for method, its in was.get("offers", {}).items():
        then = now.get("offers", {}).get(method)
        if then is None:
            yield f"{name}.{method}", "it is gone"
        else:
            yield from _calls(f"{name}.{method}", its, then)


def _calls(
    place: str, was: Mapping[str, Any], now: Mapping[str, Any], *, a_hook: bool = False
) -> Iterator[tuple[str, str]]:
    """Parameters and result of one callable."""
    before, after = was.get("takes", {}), now.get("takes", {})
    for name, its in before.items():
        if name not in after:
            yield f"{place}.{name}", "it is not taken any more"
        elif after[name] != its:
            yield f"{place}.{name}", f"{its} became {after[name]}"
    placed = [name for name, its in before.items() if not its.startswith("by name: ")]
    if [name for name in after if name in placed] != [name for name in placed if name in after]:
        yield place, "its parameters changed places"
    for name in after.keys() - before.keys():
        if not a_hook and not (after[name].startswith("by name: ") and " = " in after[name]):
            yield f"{place}.{name}", "what is new must go by name and have a default"
    if was.get("gives") != now.get("gives"):
        yield place, f"it gives {now.get('gives')}, not {was.get('gives')}"


def unannounced(old: Snapshot, new: Snapshot) -> dict[str, str]:
    """The breaks that the last release did not announce for this version."""
    due = {place for place, removal in old["announced"].items() if removal["removed_in"] <= new["contract"]}
    return {place: why for place, why in breaks(old, new).items() if not (due & {place, place.rpartition(".")[0]})}


def last_released() -> Snapshot:
    newest = max(RELEASED.glob("*.json"), key=lambda path: int(path.stem))
    told: Snapshot = json.loads(newest.read_text())
    return told


def main() -> None:
    """Write the snapshot of the version that is being released."""
    now = snapshot()
    path = RELEASED / f"{now['contract']}.json"
    path.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n")
    print(f"{path.name}: {len(now['names'])} names, {len(now['hooks'])} hooks, {len(now['announced'])} announced to go")


if __name__ == "__main__":
    main()
