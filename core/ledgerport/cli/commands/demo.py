"""`ledgerport demo`: the hub's main job on a sandbox, from connecting to the books report."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from ledgerport.demo.browser import NotConnected
from ledgerport.demo.door import bookkeeper_link, operator_link
from ledgerport.demo.journey import Interrupted, Journey
from ledgerport.demo.memory import WrongAnswer
from ledgerport.demo.outcome import Outcome
from ledgerport.demo.progress import Stage
from ledgerport.demo.rest import HubRefused
from ledgerport.demo.sandboxes import installed
from ledgerport.demo.show import show
from ledgerport.demo.source import BadSource
from ledgerport.demo.stage import DemoFailed, Options, Running, running
from ledgerport.serving import until_signal
from ledgerport.wiring import set_up_logs

HOME = Path(".ledgerport") / "demo"
# How many times as fast the clock runs for one provider; for several at once, whose work this machine does side by side
# and which would all seem slow on a clock that outruns it.
FAST, FAST_FOR_SEVERAL = 60.0, 20.0
# What a shell expects of a program that Ctrl-C ended.
INTERRUPTED = 130


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the report instead of serving on.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report there as JSON.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A retail CSV or NDJSON records, also gzipped; else made up.",
        ),
    ] = None,
    invoices: Annotated[str, typer.Option(metavar="N|all", help="How many invoices.")] = "",
    items: Annotated[int | None, typer.Option(min=1, help="How many items the price book has.")] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(help="A provider with a sandbox; may be given several times. Left out or `all`: every one."),
    ] = None,
    real_time: Annotated[
        bool,
        typer.Option(
            "--real-time", help="Run at the true pace instead of 60 times as fast (several providers: 20 times)."
        ),
    ] = False,
    memory: Annotated[
        bool,
        typer.Option(
            "--memory",
            envvar="RAG_BILLING_EMBED_ENABLED",
            help="Remember past prices as well, with a sandbox of Voyage, and ask ten questions.",
        ),
    ] = False,
) -> None:
    """Connect a company, load data, sync it at the published limits, and compare both books to the cent."""
    providers = _providers(provider or [])
    fast = FAST if len(providers) == 1 else FAST_FOR_SEVERAL
    options = Options(
        home=HOME,
        providers=providers,
        data=data,
        invoices=_invoices(invoices, data),
        items=items,
        rate=1.0 if real_time else fast,
        memory=memory,
    )
    # What services log as usual would stand between the lines of the report.
    set_up_logs(level="WARNING")
    console = Console()
    try:
        with until_signal() as told, running(options) as hub:
            outcome = _play(hub, options, console, told, json_file, once=once)
    except Interrupted:
        raise typer.Exit(INTERRUPTED) from None
    except (DemoFailed, WrongAnswer, HubRefused, NotConnected, BadSource, httpx.HTTPError, OSError) as error:
        Console(stderr=True).print(f"The demo cannot go on. {error}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    raise typer.Exit(0 if outcome.agrees else 1)


def _play(
    hub: Running, options: Options, console: Console, told: threading.Event, json_file: Path | None, *, once: bool
) -> Outcome:
    stage = Stage(console)
    try:
        journey = Journey(hub, options, stage, told)
        outcome = journey.run()
    finally:
        stage.done()
    show(console, outcome)
    if json_file is not None:
        json_file.write_text(json.dumps(outcome.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        stage.step(f"The whole report is in {json_file}.")
    if not once:
        _serve_on(hub, journey, stage)
        told.wait()
    return outcome


def _serve_on(hub: Running, journey: Journey, stage: Stage) -> None:
    hub.at_true_pace()
    first = journey.seats[0]
    stage.step("")
    stage.step(f"Console       Open {operator_link(hub.hub)} in a browser.")
    stage.step("              It signs you in as operator, who sees every tenant; it works once, within an hour.")
    stage.step(f"Bookkeeper    {bookkeeper_link(hub.hub, first.slug)} (tenant {first.slug} only)")
    stage.step(f"REST API      {hub.url}/v1 (try {hub.url}/docs)")
    for provider, sandbox in hub.sandboxes.items():
        stage.step(f"Sandbox       {sandbox.url} ({provider}; its books: /_sandbox/ledger?company=...)")
    if hub.voyage is not None:
        stage.step(f"Past prices   {hub.url}/t/{first.slug}/memory (embedded by {hub.voyage.url}, lexical vectors)")
    for seat in journey.seats:
        stage.step(f"Tenant key    {seat.key} (tenant {seat.slug}, {seat.terms.label})")
    stage.step(f"Operator key  {journey.operator_key}")
    stage.step("The clock runs at the true pace from here on. Ctrl-C ends the demo; links and keys end with it.")


def _providers(given: list[str]) -> tuple[str, ...]:
    """The providers asked for, without repetition; all that have a sandbox when none was."""
    known = installed()
    if not known:
        raise typer.BadParameter("No plugin with a sandbox is installed.", param_hint="--provider")
    wanted = list(dict.fromkeys(given))
    if not wanted or "all" in wanted:
        return tuple(known)
    if unknown := [one for one in wanted if one not in known]:
        raise typer.BadParameter(
            f"There is no sandbox for {', '.join(unknown)}; installed are {', '.join(known)}.", param_hint="--provider"
        )
    return tuple(wanted)


def _invoices(text: str, data: Path | None) -> int | None:
    """None means every invoice of a file, and the usual number of the made-up company."""
    if not text:
        return None
    if text == "all":
        if data is None:
            raise typer.BadParameter("`all` needs --data; the made-up company has no end.", param_hint="--invoices")
        return None
    if not text.isdecimal():
        raise typer.BadParameter(f"{text} is neither a number nor `all`.", param_hint="--invoices")
    return int(text)
