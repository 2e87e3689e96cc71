"""A machine as somebody has it who writes a plugin: an empty folder, and an environment with Ledgerport in it.

The environment is fresh: what is installed there is seen by nobody else. What this checkout was set up with shines
through, so that nothing needs a network, and pip finds there all that a plugin asks for.
"""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

_LEDGERPORT = """\
#!{python}
from ledgerport.cli.main import app

app(prog_name="ledgerport")
"""


class AuthorsMachine:
    """`folder` is where commands begin."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "empty"
        self.folder.mkdir(parents=True)
        home = place / "environment"
        venv.create(home, with_pip=False, symlinks=True)
        self._bin = home / "bin"
        library = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        shining = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
        (library / "set_up_already.pth").write_text("\n".join(shining) + "\n")
        command = self._bin / "ledgerport"
        command.write_text(_LEDGERPORT.format(python=self._bin / "python"))
        command.chmod(0o755)

    def run(
        self, command: str, *, within: Path | None = None, seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """One line of a shell; what it says on both outputs is in `stdout`."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=within or self.folder,
            env={
                **{
                    name: value for name, value in os.environ.items() if not name.startswith(("LEDGERPORT_", "PYTEST_"))
                },
                "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
                "COLUMNS": "200",
                # pip: nothing from a network, no environment of its own to build in (0 turns the isolation off).
                "PIP_NO_INDEX": "1",
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
