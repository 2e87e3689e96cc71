"""`ledgerport plugin test`: the conformance suite's verdict on a plugin."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ledgerport.cli.running import SOME_REFUSED, JsonFlag, ProviderArgument, refusals_told, say, show, show_json
from ledgerport.services.judge_plugin import Judged, judge_plugin


class Against(StrEnum):
    """What the plugin talks to."""

    SANDBOX = "sandbox"
    LIVE = "live"
    CASSETTES = "cassettes"


def judge(
    provider: ProviderArgument,
    group: Annotated[
        list[str] | None, typer.Option(help="Only this group of checks; may be given several times.")
    ] = None,
    against: Annotated[
        Against, typer.Option(help="Its own sandbox; a real test company (LEDGERPORT_LIVE_TOKEN); a recording of that.")
    ] = Against.SANDBOX,
    cassettes: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Record a live run here, or replay it from here.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the result beside quality.toml: the plugin's grade is read from it.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge a plugin through a real hub against its own sandbox. The exit code is 1 when a check fails.

    Each failure says what was seen, what to change and why that matters to a bookkeeper. Against a real company only
    what reads, or makes little and takes it out again, is asked; what no hook can take out is listed at the end.
    """
    with refusals_told():
        judged = judge_plugin(
            provider, groups=group or (), against=against, cassettes=cassettes, write=write, quiet=as_json
        )
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
