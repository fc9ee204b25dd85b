"""The only HTTP server."""
