"""`ledgerport memory`: what was charged for something, from the lines of past invoices and estimates."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ledgerport.cli.running import NOT_DONE, JsonFlag, TenantOption, running_tenant, say, show, show_json
from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.memory.answers import Answer, Filters
from ledgerport.services.memory.ask import MOST_CITATIONS, ask
from ledgerport.services.memory.backfill import BackfillView, start_backfill, work_backfill
from ledgerport.services.memory.backfill_words import (
    about,
    actual,
    arithmetic,
    dollars,
    how_far,
    nothing_to_do,
    price_of_when,
)
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport.services.memory.estimate_backfill import Estimate, estimate_backfill
from ledgerport.services.memory.forget import forget_record, forget_tenant
from ledgerport.services.memory.memory_status import MemoryStatus, memory_status
from ledgerport.services.memory.rebuild import rebuild

app = typer.Typer(help="Past prices: ask, add older documents, see how it stands.", no_args_is_help=True)
_DAY = ["%Y-%m-%d"]
_CITED = (
    *("kind", "number", "line", "on", "customer_type", "description"),
    *("quantity", "unit_price", "cost", "currency", "similarity"),
)


@app.command("ask")
def question(
    words: Annotated[str, typer.Argument(metavar="QUESTION", help='Such as "water heater install".')],
    tenant: TenantOption,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="Documents of this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Documents of this day or earlier.")] = None,
    category: Annotated[str, typer.Option(help="Only items of this category.")] = "",
    customer_type: Annotated[str, typer.Option(help="Only customers of this type.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_CITATIONS, help="How many lines are shown.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Say what was charged for something, and name the lines that it stands on."""
    filters = Filters(
        since=since.date() if since else None,
        until=until.date() if until else None,
        category=category,
        customer_type=customer_type,
    )
    with running_tenant(tenant) as (hub, tenant_id):
        answer = ask(hub, tenant_id=tenant_id, question=words, filters=filters, limit=limit)
    if as_json:
        show_json(answer)
        return
    _tell(answer)


def _tell(answer: Answer) -> None:
    say(answer.sentence)
    if answer.citations:
        say("")
        show(answer.citations, _CITED, as_json=False, empty="")
        matched = answer.invoice_lines + answer.estimate_lines
        say(f"{len(answer.citations):,} of {matched:,} matching lines, the most similar first.")


@app.command("status")
def status(tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Say what is remembered, what waits and why, and what was spent."""
    with running_tenant(tenant) as (hub, tenant_id):
        shown = memory_status(hub, tenant_id=tenant_id)
    if as_json:
        show_json(shown)
        return
    for sentence in _standing(shown):
        say(sentence)


@app.command("backfill")
def backfill(
    tenant: TenantOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: the estimate is agreed to.")] = False,
    estimate_only: Annotated[bool, typer.Option("--estimate", help="Only say what it would cost.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add the documents from before the memory was turned on: count, say what it costs, ask, then do it."""
    with running_tenant(tenant) as (hub, tenant_id):
        told = _estimated(hub, tenant_id)
        if estimate_only:
            show_json(told) if as_json else _say_estimate(told)
            return
        if not as_json:
            _say_estimate(told)
        if told.documents and not yes and not typer.confirm(f"Spend {about(told.dollars)} at Voyage?", err=True):
            say("Nothing was sent, nothing was spent.")
            raise typer.Exit(NOT_DONE)
        if not told.documents:
            if as_json:
                show_json(told)
            return
        start_backfill(hub, tenant_id=tenant_id, estimate=told, by=f"cli:{getpass.getuser()}")
        done = _worked(hub, tenant_id)
    if as_json:
        show_json(done)
    else:
        say(actual(done))
    if done.waiting:
        say(f"{_count(done.waiting, 'document')} to go. {done.reason or 'A running hub goes on with them.'}")
        raise typer.Exit(NOT_DONE)


@app.command("rebuild")
def again(tenant: TenantOption) -> None:
    """Fill the index of vectors anew from the database. Nothing is sent to Voyage and nothing is paid."""
    with running_tenant(tenant) as (hub, tenant_id):
        documents = rebuild(hub, tenant_id=tenant_id)
        done = not embed_waiting(hub, tenant_id) and not memory_status(hub, tenant_id=tenant_id).waiting
    later = "" if done else " A running hub goes on with them."
    say(f"Put back into the index: {_count(documents, 'document')}.{later}")


@app.command("forget")
def forget(
    tenant: TenantOption,
    kind: Annotated[str, typer.Argument(help="invoice or estimate; left out with --everything.")] = "",
    ref: Annotated[str, typer.Argument(help="The host app's own id of it.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="Whatever the memory has of this tenant.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take one invoice or estimate, or everything, out of the memory. The records themselves stay."""
    if everything == bool(kind and ref) or (everything and kind):
        raise typer.BadParameter("Name a kind and a ref, or give --everything.", param_hint="KIND REF")
    if not everything and kind not in (Kind.INVOICE, Kind.ESTIMATE):
        raise typer.BadParameter(f"{kind} is neither invoice nor estimate.", param_hint="KIND")
    if everything and not yes:
        typer.confirm("What is embedded again later is paid again. Forget everything?", abort=True, err=True)
    with running_tenant(tenant) as (hub, tenant_id):
        if everything:
            forget_tenant(hub, tenant_id=tenant_id)
            say("The memory of this tenant is empty.")
            return
        forget_record(hub, tenant_id=tenant_id, kind=Kind(kind), ref=ref)
        say(f"{kind.capitalize()} {ref} is in no answer any more, and stays out.")


def _estimated(hub: Hub, tenant_id: int) -> Estimate:
    with _bar("Counting") as bar:
        task = bar.add_task("Counting", total=None, words="")
        return estimate_backfill(
            hub,
            tenant_id=tenant_id,
            progress=lambda done, total: bar.update(
                task, completed=done, total=total, words=f"{done:,} of {total:,} documents"
            ),
        )


def _worked(hub: Hub, tenant_id: int) -> BackfillView:
    with _bar("Adding") as bar:
        task = bar.add_task("Adding", total=None, words="")
        return work_backfill(
            hub,
            tenant_id=tenant_id,
            progress=lambda view: bar.update(task, completed=view.done, total=view.documents, words=how_far(view)),
        )


def _bar(what: str) -> Progress:
    """On the error stream, so that --json stays JSON."""
    columns = (TextColumn(what), BarColumn(bar_width=30), TextColumn("{task.fields[words]}", markup=False))
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _say_estimate(told: Estimate) -> None:
    if not told.documents:
        say(nothing_to_do(told))
        return
    say(arithmetic(told))
    say(price_of_when(told))
    if told.unchanged:
        say(f"Remembered already, at no cost: {told.unchanged:,}.")


def _standing(shown: MemoryStatus) -> list[str]:
    told = [
        f"Remembered: {_count(shown.documents, 'document')}, {_count(shown.things, 'distinct thing')} sold. "
        f"Waiting: {shown.waiting:,}.",
        f"Spent: {shown.spent_tokens:,} tokens, {dollars(shown.spent_dollars)}. Model {shown.model}, "
        f"{shown.dimension} dimensions, ${shown.price} per million tokens. Vectors: {shown.where}.",
    ]
    if shown.failed:
        told.append(f"Could not be remembered: {shown.failed:,}.")
    if shown.forgotten:
        told.append(f"Kept out: {shown.forgotten:,}.")
    if shown.reason:
        told.append(f"{shown.reason} {'Somebody must act.' if shown.needs_person else 'It is tried again by itself.'}")
    if shown.backfill is not None and shown.backfill.finished_at is None:
        told.append(f"Older documents are being added: {how_far(shown.backfill)}")
    return told


def _count(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"
