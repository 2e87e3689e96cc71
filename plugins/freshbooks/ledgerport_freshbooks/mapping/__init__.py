"""Between our values and FreshBooks' rows: pure, both directions."""
