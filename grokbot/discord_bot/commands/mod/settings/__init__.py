"""/mod settings: what a server and its channels want of the bot, in one panel.

Here: the table of settings (`panel`), how each kind of value is shown and asked for (`kinds`), the command, its presses
and forms (`command`). Not here: keeping what is chosen (`engine`).
"""

from __future__ import annotations

from grokbot.discord_bot.commands.mod.settings.command import (
    OldSettingsItem,
    SettingsItem,
    settings,
    settings_submitted,
)

__all__ = ["OldSettingsItem", "SettingsItem", "settings", "settings_submitted"]
