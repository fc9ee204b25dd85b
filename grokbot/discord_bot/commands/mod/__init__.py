"""The commands of moderators: parse, one call, answer; whether somebody may is looked at again in each of them.

Importing this puts all of them into the group `mod`. Not here: what they do (`engine`), who may (`persons`).
"""

from __future__ import annotations

from grokbot.discord_bot.commands.mod import (
    auditing,
    blocking,
    filtering,
    limiting,
    logging_to,
    pausing,
    places,
    purging,
    settings,
    usage,
)
from grokbot.discord_bot.commands.mod.auditing import AuditButton
from grokbot.discord_bot.commands.mod.declaring import mod
from grokbot.discord_bot.commands.mod.places import ChannelsMenu, RolesMenu, SpreadMenu
from grokbot.discord_bot.commands.mod.purging import PurgeButton
from grokbot.discord_bot.commands.mod.settings import ModeratorsMenu, SettingMenu, SettingSwitch

__all__ = [
    "MOD_ITEMS",
    "auditing",
    "blocking",
    "filtering",
    "limiting",
    "logging_to",
    "mod",
    "pausing",
    "places",
    "purging",
    "settings",
    "usage",
]

MOD_ITEMS = (
    AuditButton,
    ChannelsMenu,
    ModeratorsMenu,
    PurgeButton,
    RolesMenu,
    SettingMenu,
    SettingSwitch,
    SpreadMenu,
)
"""What stands under what they say; it works after a restart too."""
