"""A sandbox of Wave, written from its documents."""
