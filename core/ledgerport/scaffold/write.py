"""Fills in the templates and writes the files, all of them or none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from ledgerport.contract import CONTRACT_VERSION, Kind
from ledgerport.scaffold.files import files_for
from ledgerport.scaffold.wish import Wish


class FolderTaken(Exception):
    """There is something where the plugin should be written. The message names it and what to do."""


def write_plugin(wish: Wish, folder: Path) -> list[Path]:
    """Write the distribution `ledgerport-<slug>` into `folder`; the files, in order.

    Raises FolderTaken; nothing is ever overwritten.
    """
    root = folder / f"ledgerport-{wish.slug}"
    if root.exists():
        raise FolderTaken(f"{root} is there already. Choose another name, or another place with --folder.")
    texts = {root / target: text for target, text in render(wish).items()}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def render(wish: Wish) -> dict[str, str]:
    """The text of every file by its path within the distribution. Pure."""
    words = {
        "slug": wish.slug,
        "label": wish.label,
        "env": wish.slug.upper(),
        "kinds": [str(kind) for kind in wish.kinds],
        "key": wish.idempotency == "key",
        "oauth": wish.auth == "oauth2",
        "documents": bool({Kind.INVOICE, Kind.ESTIMATE} & set(wish.kinds)),
        "contract": CONTRACT_VERSION,
        **{str(kind): kind in wish.kinds for kind in Kind},
    }
    return {
        target.replace("NAME", wish.slug): _environment().get_template(template).render(words)
        for template, target in files_for(wish)
    }


@cache
def _environment() -> jinja2.Environment:
    # Python uses every kind of bracket, so placeholders are <<name>> and logic is <% if name %>.
    return jinja2.Environment(
        loader=jinja2.PackageLoader("ledgerport.scaffold"),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - what is written is no HTML, and `Wish` admits nothing that could end a string
    )
