"""An import-linter contract that reads like the table in the style guide: each row names what a package may import.

import-linter's own contract types list what is forbidden, so a new package would be free until somebody thinks of it.
"""

from __future__ import annotations

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ImportTable(Contract):
    """`rows`: "package: allowed allowed ..."; imports inside a package are free, only direct imports are looked at."""

    type_name = "import_table"

    rows = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        rows = cast("list[str]", self.rows)  # import-linter puts the parsed list in the field's place
        table = {package.strip(): allowed.split() for package, _, allowed in (row.partition(":") for row in rows)}
        roots = {name for name in graph.modules if "." not in name}
        # The root of a package with rows of its own (`ledgerport`) may import nothing.
        split = {root for root in roots if any(row.startswith(f"{root}.") for row in table)}
        table.update({root: [] for root in split})
        broken: list[str] = []
        for module in sorted(graph.modules):
            owner = owner_of(module, table, split)
            if owner is None:
                broken.append(f"{module} stands in no row of the table")
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                target = owner_of(imported, table, split)
                if target != owner and target not in table[owner]:
                    details = graph.get_import_details(importer=module, imported=imported)
                    broken += [f"{module}:{detail['line_number']} imports {imported}" for detail in details]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)


def owner_of(module: str, table: dict[str, list[str]], split: set[str]) -> str | None:
    """The row that a module belongs to. A root with rows of its own owns nothing but its `__init__`."""
    for package in table:
        if module == package or (package not in split and module.startswith(f"{package}.")):
            return package
    return None
