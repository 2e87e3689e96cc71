"""Our values <-> Xero's rows: pure, both directions, a file per kind."""
