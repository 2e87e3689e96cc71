"""The form over the rows of an import, read; and the chips that filter them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledgerport.services.imports.change_rows import RowChange
from ledgerport.services.imports.show_imports import ImportView
from ledgerport.services.rejections import BadChoice
from ledgerport.web.forms import Fields
from ledgerport.web.render import query

# More rows than a page shows are not taken from one form.
_MOST = 200


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a form asks for. `act`: save, ticked, all or import; `values`: what is to be changed of many."""

    act: str
    rows: list[RowChange]
    ticked: int = 0
    values: dict[str, str] = field(default_factory=dict)


def row_changes(form: Fields) -> Changed:
    """Each row's own choices; of ticked ones those of the bulk bar instead. Raises BadChoice."""
    act = form.text("act") or "save"
    values: dict[str, str] = {}
    name, _, value = form.text("bulk").partition(":")
    if act in ("ticked", "all"):
        if name not in ("type", "choice") or not value:
            raise BadChoice("bulk", "Nothing is chosen to be changed.", "Choose it beside the button.")
        values = {name: value}
    ticked = {row for row in form.texts("row")[:_MOST] if row.isdigit()} if act == "ticked" else set()
    if act == "ticked" and not ticked:
        raise BadChoice("bulk", "No row is ticked.", "Tick the rows first.")
    rows = [
        _row(int(row), form, values if row in ticked else {})
        for row in form.texts("on_page")[:_MOST]
        if row.isascii() and row.isdigit() and len(row) < 19
    ]
    return Changed(act=act, rows=rows, ticked=len(ticked), values=values)


def _row(row: int, form: Fields, bulk: dict[str, str]) -> RowChange:
    choice, _, record = (bulk.get("choice") or form.text(f"choice-{row}")).partition(":")
    return RowChange(
        id=row,
        type=bulk.get("type") or form.text(f"type-{row}") or None,
        choice=choice or None,
        record=record or None,
    )


def filter_chips(here: str, shown: ImportView, show: str, search: str) -> list[tuple[str, str, bool]]:
    """(address, word, on) of each filter that would show something."""
    here_already = shown.created + shown.linked
    counts = (
        ("", "All", shown.listed),
        ("create", "New", shown.to_create),
        ("link", "To be linked", shown.to_link),
        ("ask", "For you to choose", shown.to_ask),
        ("skip", "Left out", shown.to_skip),
        ("failed", "Not brought over", shown.failed),
        ("here", "Here now", here_already),
    )
    return [
        (f"{here}{query(show=key, q=search)}", f"{word} ({count:,})", key == show)
        for key, word, count in counts
        if count or key in ("", show)
    ]
