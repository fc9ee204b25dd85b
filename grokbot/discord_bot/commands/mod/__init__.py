"""The commands of moderators: parse, one call, answer; each of them checks the person's rights again.

Importing this puts all of them into the group `mod`. Not here: what they do (`engine`), who may (`members`).
"""

from __future__ import annotations

from grokbot.discord_bot.commands.mod import (
    audit,
    block,
    channels,
    filters,
    limits,
    log,
    pause,
    personas,
    purge,
)
from grokbot.discord_bot.commands.mod.audit import AuditButton
from grokbot.discord_bot.commands.mod.channels import PlacesItem
from grokbot.discord_bot.commands.mod.filters import FilterItem, filter_submitted
from grokbot.discord_bot.commands.mod.groups import mod
from grokbot.discord_bot.commands.mod.limits import LimitItem, limit_submitted
from grokbot.discord_bot.commands.mod.personas import PersonaItem, persona_submitted
from grokbot.discord_bot.commands.mod.purge import PurgeButton
from grokbot.discord_bot.commands.mod.settings import OldSettingsItem, SettingsItem, settings, settings_submitted
from grokbot.discord_bot.commands.mod.usage import usage

__all__ = [
    "MOD_FORMS",
    "MOD_ITEMS",
    "audit",
    "block",
    "channels",
    "filters",
    "limits",
    "log",
    "mod",
    "pause",
    "personas",
    "purge",
    "settings",
    "usage",
]

MOD_ITEMS = (
    AuditButton,
    FilterItem,
    LimitItem,
    PersonaItem,
    PlacesItem,
    PurgeButton,
    OldSettingsItem,
    SettingsItem,
)
"""The buttons and menus below their replies; they still work after a restart."""

MOD_FORMS = (filter_submitted, limit_submitted, persona_submitted, settings_submitted)
"""What takes their submitted forms; any other interaction is left alone."""
