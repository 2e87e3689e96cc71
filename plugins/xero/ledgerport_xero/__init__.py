"""Xero for Ledgerport."""
