"""Statements over the tables. None of them commits: services own the transactions."""
