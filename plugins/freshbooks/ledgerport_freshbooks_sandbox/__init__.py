"""A sandbox of FreshBooks, written from its documents."""
