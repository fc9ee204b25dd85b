"""Measurements, each with the limit beside it. Nothing here is asserted: run it, and read the table."""
