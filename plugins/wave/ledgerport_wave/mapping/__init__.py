"""Between our values and Wave's inputs and rows: pure, both directions."""
