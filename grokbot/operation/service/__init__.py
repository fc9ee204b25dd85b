"""The bot as a systemd service, from the first installation to the last file.

What is there (`survey`) and what is wanted make a plan of steps (`plan`, pure), which one executor carries out.
Not here: asking and printing (`terminal`), the database (`store`), the daemon.
"""

__all__ = ["service"]
