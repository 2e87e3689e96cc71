"""What a blocked task can wait for, as `tasks.blocked_on` has it: written by the drain, looked for by mappings."""

from __future__ import annotations

from ledgerport.contract import ItemType

DEPOSIT_ACCOUNT = "deposit_account"
# Our tax code of lines that are taxed and name no code of their own.
TAXABLE = "taxable"


def default_of(item_type: ItemType) -> str:
    """Waits for the default account of a type."""
    return f"default:{item_type.value}"


def tax_code(code: str) -> str:
    """Waits for one of our tax codes to be mapped."""
    return f"tax_code:{code}"
