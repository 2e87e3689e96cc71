"""A faithful local QuickBooks Online, written from the provider fact sheet; it shares no code with the plugin."""
