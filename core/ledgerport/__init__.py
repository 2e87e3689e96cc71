"""Ledgerport: one hub between a field-service program and its accounting providers."""
