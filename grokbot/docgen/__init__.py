"""Documentation that is made from the code: the tables of settings and commands, and the example configuration."""

__all__ = ["command_table", "generated", "settings_table"]
