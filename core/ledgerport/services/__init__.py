"""One module per use case; services own every transaction."""
