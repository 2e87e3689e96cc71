"""Writes a doctor's bundle: a folder, or a zip of the same files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from ledgerport.services.plugin_doctor import Diagnosis
from ledgerport.services.rejections import BadChoice

_README = """\
What a Ledgerport hub knows of the plugin {provider}, looked at {made_at:%Y-%m-%d %H:%M} UTC.

Connections, records and attempts are told by number and state. There is no token, key or secret in these files, no
value of a setting, no name or address of a tenant, company or customer, and no record. You can read all of it before
you pass it on.

{findings}
"""


def write_bundle(diagnosis: Diagnosis, to: Path) -> list[str]:
    """Write the files into `to`, a zip where it is called so, else a folder; their names. Raises BadChoice when there
    is something already, OSError when it cannot be written."""
    if to.exists() and not (to.is_dir() and not any(to.iterdir()) and to.suffix != ".zip"):
        raise BadChoice("to", f"{to} is there already.", "Name a file or folder that is not.")
    files = {"README.txt": _readme(diagnosis)}
    for name in sorted(diagnosis.sections):
        files[f"{name}.json"] = json.dumps(diagnosis.sections[name], indent=1, ensure_ascii=False) + "\n"
    if to.suffix == ".zip":
        with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in files.items():
                bundle.writestr(name, text)
    else:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (to / name).write_text(text, encoding="utf-8")
    return list(files)


def _readme(diagnosis: Diagnosis) -> str:
    findings = "\n".join(f"- {finding}" for finding in diagnosis.findings) or "Nothing is wrong that shows from here."
    return _README.format(provider=diagnosis.provider, made_at=diagnosis.made_at, findings=findings)
