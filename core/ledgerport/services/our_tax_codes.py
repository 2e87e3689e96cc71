"""Our tax codes as a connection needs them mapped: what is mapped, what lines are without a word, and what waits."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.db.repositories import mapping_edit
from ledgerport.services.context import Hub
from ledgerport.services.release_causes import TAXABLE, tax_code
from ledgerport.services.sync_connection import require_connection

# Our tax code of lines that are not taxed and name no code of their own.
EXEMPT = "exempt"


@dataclass(frozen=True, kw_only=True)
class OurTaxCode:
    """`remote_id`: the code of the books, empty while none is chosen; `waited_for`: records wait for the choice."""

    code: str
    remote_id: str
    waited_for: bool


def our_tax_codes(hub: Hub, *, tenant_id: int, provider: str) -> list[OurTaxCode]:
    """The two of lines that name none first, then the host app's by name. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        mapped = {row.code: row.remote_id for row in mapping_edit.tax_mappings(session, connection.id)}
        waited = {
            cause.removeprefix(tax_code("")) for cause in mapping_edit.tax_codes_waited_for(session, connection.id)
        }
    codes = [TAXABLE, EXEMPT, *sorted((mapped.keys() | waited) - {TAXABLE, EXEMPT})]
    return [OurTaxCode(code=code, remote_id=mapped.get(code, ""), waited_for=code in waited) for code in codes]
