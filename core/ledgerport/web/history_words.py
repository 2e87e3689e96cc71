"""Sync history in words: what a verdict means, who asked for a run, how it went."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ledgerport.services.pause_connection import who as named
from ledgerport.services.views import RunView
from ledgerport.web.access import Place

# Verdict -> (kind of its badge, word).
VERDICTS: Mapping[str, tuple[str, str]] = {
    "created": ("good", "New there"),
    "updated": ("good", "Updated"),
    "voided": ("good", "Voided"),
    "deleted": ("good", "Taken out"),
    "matched": ("good", "Linked by e-mail"),
    "recovered": ("good", "Found there"),
    "imported": ("good", "Imported"),
    "linked": ("good", "Linked by hand"),
    "renamed": ("info", "Renamed there"),
    "chosen": ("info", "Chosen by hand"),
    "unchanged": ("wait", "Unchanged"),
    "nothing_to_do": ("wait", "Nothing to do"),
    "blocked": ("warn", "Needs you"),
    "skipped": ("wait", "Skipped"),
    "let_go": ("wait", "Not synced any more"),
    "failed": ("bad", "Failed"),
    "later": ("wait", "Tried again later"),
    "alone": ("wait", "Sent alone next"),
    "unknown": ("wait", "No answer yet"),
}
# Filter -> (word, verdicts).
FILTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "new": ("New", ("created", "imported")),
    "updated": ("Updated", ("updated", "voided", "deleted", "matched", "recovered", "linked")),
    "unchanged": ("Unchanged", ("unchanged", "nothing_to_do")),
    "skipped": ("Skipped", ("blocked", "skipped", "let_go")),
    "failed": ("Failed", ("failed",)),
    "waited": ("Tried again", ("later", "alone", "unknown")),
}
TRIGGERS: Mapping[str, str] = {"click": "Sync now", "automatic": "Automatic", "backfill": "First sync"}
STATES: Mapping[str, str] = {"running": "Running", "finished": "Finished", "problems": "With problems"}
KINDS = ("customer", "item", "invoice", "estimate", "payment")


def verdict_badge(verdict: str) -> tuple[str, str]:
    """The kind of a badge and its word."""
    return VERDICTS.get(verdict, ("wait", verdict.replace("_", " ").capitalize()))


def trigger_words(trigger: str) -> str:
    """`Sync now`."""
    return TRIGGERS.get(trigger, trigger.replace("_", " ").capitalize())


def who(run: RunView) -> str:
    """Who asked for a run: an e-mail address, an API key's name, or Ledgerport by itself."""
    if not run.requested_by:
        return "Ledgerport" if run.trigger != "click" else "Somebody"
    return named(run.requested_by)


def run_badge(run: RunView) -> tuple[str, str]:
    """How a run went, in a word."""
    if run.state == "running":
        return "info", "Running"
    if run.failed:
        return "bad", "Some failed"
    return ("warn", "Some skipped") if run.skipped else ("good", "Done")


def record_at(place: Place, kind: str, ref: str, more: str = "") -> str:
    """The address of a record's page."""
    return place.at(f"{kind}s/{quote(ref, safe='')}{more}")
