"""The HTTP server, and the sites that it serves; there is no other."""
