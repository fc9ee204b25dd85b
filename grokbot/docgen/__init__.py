"""Documentation that is made from the code: settings, slash commands, the command line, gRPC services."""

__all__ = ["command_line", "command_table", "generated", "services", "settings_table"]
