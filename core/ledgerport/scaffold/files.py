"""Which template becomes which file, for which wish. `NAME` in a path is the plugin's slug."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.scaffold.wish import Wish

_PLUGIN, _SANDBOX = "ledgerport_NAME", "ledgerport_NAME_sandbox"


def files_for(wish: Wish) -> list[tuple[str, str]]:
    """(template, path within the distribution) of every file, what a reader needs first coming first."""
    mapping = ["__init__", "wire", "customers"]
    if Kind.ITEM in wish.kinds:
        mapping.append("items")
    if {Kind.INVOICE, Kind.ESTIMATE} & set(wish.kinds):
        mapping.append("documents")
    if Kind.PAYMENT in wish.kinds:
        mapping.append("payments")
    plugin = ["__init__", "hooks", "terms", "shapes", "records", "lookups", "client", "faults"]
    sandbox = ["__init__", "app", "state", "rules", "kinds"]
    tests = ["__init__", "conftest", "values", "test_mapping", "test_faults", "test_hooks", "test_cassettes"]
    if wish.auth == "oauth2":
        plugin.append("tokens")
        sandbox.append("login")
        tests.append("test_tokens")
    return [
        ("README.md.j2", "README.md"),
        ("pyproject.toml.j2", "pyproject.toml"),
        ("quality.toml.j2", "quality.toml"),
        ("gitignore.j2", ".gitignore"),
        ("ci.yml.j2", ".github/workflows/ci.yml"),
        *((f"plugin/{name}.py.j2", f"{_PLUGIN}/{name}.py") for name in plugin),
        ("empty.j2", f"{_PLUGIN}/py.typed"),
        *((f"plugin/mapping/{name}.py.j2", f"{_PLUGIN}/mapping/{name}.py") for name in mapping),
        *((f"sandbox/{name}.py.j2", f"{_SANDBOX}/{name}.py") for name in sandbox),
        ("empty.j2", f"{_SANDBOX}/py.typed"),
        *((f"tests/{name}.py.j2", f"tests/{name}.py") for name in tests),
    ]
