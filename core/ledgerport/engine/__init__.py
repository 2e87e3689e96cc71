"""Order, pace, ask the plugin, judge. No transaction is opened here."""
