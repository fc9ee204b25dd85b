"""The only client of xAI's API."""
