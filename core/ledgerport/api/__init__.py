"""The REST door: reads the request, calls one service, shows the answer."""
