"""Writes the first version of a provider's plugin: `ledgerport plugin new`. Knows no plugin and starts nothing."""

from ledgerport.scaffold.wish import BadWish, Wish
from ledgerport.scaffold.write import FolderTaken, write_plugin

__all__ = ["BadWish", "FolderTaken", "Wish", "write_plugin"]
