"""Plugins that break their contract, each in one way, and an honest one: written by the scaffold, then disguised."""
