"""Wave for Ledgerport. `hooks` is the table of contents."""
