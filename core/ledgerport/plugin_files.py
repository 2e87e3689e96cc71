"""An installed plugin's files: what its code hashes to, and where the two files lie that tell of its quality.

The hash says which code a conformance result was won with and which code an operator allowed. It is taken over what
Python would import: every file in the packages that the distribution's entry points name, and every importable file
that its RECORD lists beside them. An editable install and a wheel of the same sources hash to the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

QUALITY, CONFORMANCE = "quality.toml", "conformance.json"
# They tell of the code and are no part of it: writing a result must not make it stale.
_ABOUT = frozenset({QUALITY, CONFORMANCE})
_IMPORTABLE = frozenset({".py", ".so", ".pyd"})


@dataclass(frozen=True, kw_only=True)
class PluginFiles:
    """`sha256`: 64 hexadecimal digits. `package`: the folder of the plugin's own package, None for a single module.

    `sources`: the folder that an editable install points to, None for any other install.
    """

    distribution: str
    version: str
    sha256: str
    package: Path | None
    sources: Path | None

    def find(self, name: str) -> Path | None:
        """Where `quality.toml` or `conformance.json` lies: in the package, else at the root of the sources."""
        for folder in (self.package, self.sources):
            if folder is not None and (folder / name).is_file():
                return folder / name
        return None


def plugin_files(point: EntryPoint) -> PluginFiles | None:
    """Look at the files of the distribution that an entry point belongs to; nothing of it is imported.

    None where there is no distribution, or its code is no plain file (a zip). Raises OSError for an unreadable file.
    """
    dist = point.dist
    if dist is None:
        return None
    own = point.module.partition(".")[0]
    tops = sorted({entry.module.partition(".")[0] for entry in dist.entry_points} | {own})
    found = {top: _top_level(top) for top in tops}
    if not found[own]:
        return None
    files = {name: path for each in found.values() for name, path in each.items()} | _recorded(dist)
    whole = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return PluginFiles(
        distribution=dist.name,
        version=dist.version,
        sha256=whole.hexdigest(),
        package=_folder(own),
        sources=_sources(dist),
    )


def _top_level(name: str) -> dict[str, Path]:
    """The files of a top-level package or module, by their names as a wheel would have them."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return {}
    if spec.submodule_search_locations is None:
        path = Path(spec.origin or "")
        return {path.name: path} if path.is_file() else {}
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path
        for folder in map(Path, spec.submodule_search_locations)
        for path in folder.rglob("*")
        if path.is_file() and _counts(path.relative_to(folder))
    }


def _recorded(dist: Distribution) -> dict[str, Path]:
    """Importable files that no entry point names: helpers beside the packages."""
    return {
        file.as_posix(): path
        for file in dist.files or ()
        if file.suffix in _IMPORTABLE
        # An installer's own way to find editable sources; a wheel has no such file.
        and not file.name.startswith("__editable__")
        and ".." not in file.parts
        and (path := Path(str(file.locate()))).is_file()
    }


def _counts(inside: Path) -> bool:
    """`inside`: the path within the package. Hidden files and compiled ones come and go by themselves."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
    return not hidden and inside.suffix != ".pyc" and inside.as_posix() not in _ABOUT


def _folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _sources(dist: Distribution) -> Path | None:
    """As the installer noted it (PEP 610)."""
    told = json.loads(dist.read_text("direct_url.json") or "{}")
    if not told.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(told["url"]).path))
