"""The client of xAI's API; there is no other."""
