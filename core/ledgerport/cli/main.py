"""`ledgerport`: every command there is."""

from __future__ import annotations

import typer

from ledgerport.cli.commands import (
    accounts,
    connect,
    demo,
    keys,
    load,
    providers,
    record,
    runs,
    sandbox,
    scheduler,
    serve,
    sync,
    tenants,
    tokens,
    worker,
)

app = typer.Typer(
    name="ledgerport",
    help="Keeps a field-service app's books in QuickBooks Online, Xero, FreshBooks or Wave.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

# Running it.
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(scheduler.scheduler)
app.command()(sandbox.sandbox)
# Operating it.
app.add_typer(tenants.app, name="tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(providers.app, name="providers")
app.add_typer(tokens.app, name="tokens")
# Working with a tenant's books.
app.command()(connect.connect)
app.command()(load.load)
app.command()(sync.sync)
app.command()(runs.runs)
app.add_typer(record.app, name="record")
app.add_typer(accounts.app, name="accounts")
