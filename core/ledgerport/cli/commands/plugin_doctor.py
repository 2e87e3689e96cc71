"""`ledgerport plugin doctor`: what ails a plugin, on the screen and as a bundle to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, running_hub, say, show_json
from ledgerport.services.doctor_bundle import write_bundle
from ledgerport.services.plugin_doctor import Diagnosis, diagnose


def doctor(
    provider: ProviderArgument,
    to: Annotated[
        Path | None,
        typer.Option(help="Where the bundle goes: a new .zip, or a new folder. Else a zip in this folder."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Look a plugin over, and write a bundle without secrets or personal data for its author."""
    with running_hub() as hub:
        diagnosis = diagnose(hub, provider=provider)
        if as_json and to is None:
            show_json(diagnosis)
            return
        place = to or Path(f"ledgerport-{provider}-{diagnosis.made_at:%Y%m%dT%H%M%SZ}.zip")
        write_bundle(diagnosis, place)
    if as_json:
        show_json(diagnosis)
    else:
        _tell(diagnosis)
        say(f"\n{place} has the details, without secrets and personal data.")


def _tell(diagnosis: Diagnosis) -> None:
    told = diagnosis.sections
    plugin = told["plugin"]
    say(f"{diagnosis.provider}: {plugin['distribution'] or 'no distribution'}, {plugin['state']}")
    if "hooks" in told:
        offered = sum(word == "offered" for word in told["hooks"].values())
        say(f"Hooks: {offered} of {len(told['hooks'])} offered")
    say(f"Settings: {_set(told['settings']['app'])}")
    say(f"Connections: {_counts(told['connections']['by_state'])}")
    say(f"Last attempts: {_counts(told['attempts']['by_verdict'])}")
    grade = told["conformance"]["grade"]
    say(f"Conformance: {grade['level']}, {'' if grade['safe_for_money'] else 'not '}safe for money")
    for finding in diagnosis.findings or ["Nothing is wrong that shows from here."]:
        say(f"- {finding}")


def _set(settings: dict[str, str]) -> str:
    """The names' common beginning once, then what is set and what is not."""
    names = [name.rpartition("__") for name in settings]
    told = (f"{last} {word}" for (_, _, last), word in zip(names, settings.values(), strict=True))
    return f"{names[0][0]}__... {', '.join(told)}"


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
