"""Documentation that is made from the code: settings, slash commands, the command line."""

__all__ = ["command_line", "command_table", "generated", "settings_table"]
