"""`ledgerport users`: who may open the console."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, running_hub, say, show, show_json
from ledgerport.services.sign_in import make_link
from ledgerport.services.users import create_user, list_users, set_password, switch_user

app = typer.Typer(help="Who may open the console.", no_args_is_help=True)
_Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


@app.command("create")
def create(
    email: _Email,
    role: Annotated[str, typer.Option(help="operator, admin or viewer.")] = "admin",
    tenant: Annotated[str | None, typer.Option(help="The tenant's slug; none for operators.")] = None,
    name: Annotated[str, typer.Option(help="What the console calls them.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Let somebody in; prints the link with which they sign in first."""
    with running_hub() as hub:
        user = create_user(hub, email=email, name=name, role=role, tenant=tenant)
        link = make_link(hub, email=email)
    if as_json:
        show_json({"user": user, "link": link})
    else:
        say(f"{user.name} may open the console as {user.role}. This link works once, within an hour:\n{link}")


@app.command("list")
def index(
    tenant: Annotated[str | None, typer.Option(help="Only people of this tenant.")] = None, as_json: JsonFlag = False
) -> None:
    """List who may open the console."""
    with running_hub() as hub:
        found = list_users(hub, tenant=tenant)
    columns = ("email", "name", "role", "tenant", "has_password", "disabled_at")
    show(found, columns, as_json=as_json, empty="Nobody may open the console yet.")


@app.command("link")
def link(email: _Email) -> None:
    """Print a link that signs somebody in once, within an hour."""
    with running_hub() as hub:
        say(make_link(hub, email=email))


@app.command("password")
def password(
    email: _Email,
    new: Annotated[
        str,
        typer.Option("--new", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out."),
    ],
) -> None:
    """Set somebody's password; their browsers are signed out."""
    with running_hub() as hub:
        set_password(hub, email=email, password=new)
    say("The password is set.")


@app.command("disable")
def disable(email: _Email) -> None:
    """Keep somebody out, at once."""
    with running_hub() as hub:
        switch_user(hub, email=email, on=False)
    say(f"{email} may not open the console any more.")


@app.command("enable")
def enable(email: _Email) -> None:
    """Let somebody in again."""
    with running_hub() as hub:
        switch_user(hub, email=email, on=True)
    say(f"{email} may open the console.")
