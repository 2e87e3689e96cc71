"""`ledgerport plugin`: for those who write a provider's plugin, and those who find out what ails one."""

from __future__ import annotations

import typer

from ledgerport.cli.commands import plugin_doctor, plugin_dry_run, plugin_hooks, plugin_judge, plugin_new

app = typer.Typer(help="Write a provider's plugin, judge it, find out what ails it.", no_args_is_help=True)

app.command("new")(plugin_new.new)
app.command("test")(plugin_judge.judge)
app.command("hooks")(plugin_hooks.hooks)
app.command("doctor")(plugin_doctor.doctor)
app.command("dry-run")(plugin_dry_run.dry_run)
