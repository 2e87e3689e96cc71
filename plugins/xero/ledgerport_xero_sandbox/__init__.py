"""A sandbox of Xero, written from its documents."""
