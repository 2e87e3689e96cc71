"""`ledgerport plugin test`: the conformance suite's verdict on a plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import SOME_REFUSED, JsonFlag, ProviderArgument, refusals_told, say, show, show_json
from ledgerport.services.judge_plugin import Judged, judge_plugin


def judge(
    provider: ProviderArgument,
    group: Annotated[
        list[str] | None, typer.Option(help="Only this group of checks; may be given several times.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the result beside quality.toml: the plugin's grade is read from it.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge a plugin through a real hub against its own sandbox. The exit code is 1 when a check fails.

    Each failure says what was seen, what to change and why that matters to a bookkeeper.
    """
    with refusals_told():
        judged = judge_plugin(provider, groups=group or (), write=write, quiet=as_json)
    if as_json:
        show_json(judged.result)
    else:
        _tell(judged)
    raise typer.Exit(SOME_REFUSED if judged.failed else 0)


def _tell(judged: Judged) -> None:
    show(judged.groups, ("group", "passed", "failed", "not_asked"), as_json=False, empty="There was nothing to ask.")
    if judged.written is not None:
        say(f"The result is in {judged.written}.")
    if judged.failed:
        say(f"{judged.result.provider}: {judged.failed} failed. What to change stands above, with each of them.")
    else:
        say(f"{judged.result.provider}: every check that was asked passed.")
