"""FreshBooks for Ledgerport."""
