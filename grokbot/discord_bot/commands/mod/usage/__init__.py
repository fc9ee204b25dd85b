"""/mod usage: the command, and the table and picture that it shows."""
