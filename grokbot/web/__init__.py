"""The HTTP server; there is no other."""
