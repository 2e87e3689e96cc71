"""A demo as a process of its own: started like a person does, judged by what it prints and writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-P", "-c", "from ledgerport.cli.main import app; app(prog_name='ledgerport')", "demo"]
SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """A demo that has ended: exit code, what it printed, the report it wrote."""

    code: int
    output: str
    report: dict[str, Any]
    folder: Path


def environment(folder: Path) -> dict[str, str]:
    """A machine of somebody who has set up nothing, and whose settings would be wrong for a demo."""
    inherited = {name: value for name, value in os.environ.items() if name != "RAG_BILLING_EMBED_ENABLED"}
    return {
        **inherited,
        "HOME": str(folder),
        "COLUMNS": "200",
        "LEDGERPORT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LEDGERPORT_PUBLIC_URL": "https://elsewhere.example",
    }


def play(folder: Path, *options: str, **settings: str) -> Ended:
    """Run a demo to its end; `settings` are added to its environment."""
    report = folder / "report.json"
    done = subprocess.run(
        [*COMMAND, "--once", "--json", str(report), *options],
        cwd=folder,
        env={**environment(folder), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    return Ended(
        code=done.returncode,
        output=done.stdout,
        report=json.loads(report.read_text()) if report.exists() else {},
        folder=folder,
    )
