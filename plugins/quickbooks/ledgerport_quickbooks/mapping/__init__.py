"""Between our values and QuickBooks' rows: pure, both directions."""
