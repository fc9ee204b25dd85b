"""All settings, as one frozen tree: their sources, allowed values, and error messages.

Not here: settings that moderators change while the bot runs (`engine.moderation`).
"""

from __future__ import annotations

from grokbot.settings.changes import SettingsChange, change_to
from grokbot.settings.errors import SettingsError
from grokbot.settings.limits import LimitsSettings
from grokbot.settings.privacy import KEPT, PrivacySettings
from grokbot.settings.sections import (
    ApiSettings,
    ConversationSettings,
    DaemonSettings,
    DiscordSettings,
    MonitoringSettings,
    StoreSettings,
    WebSettings,
)
from grokbot.settings.settings import POLICY_PATH, Setting, Settings, all_settings, load
from grokbot.settings.xai import XaiSettings

__all__ = [
    "KEPT",
    "POLICY_PATH",
    "ApiSettings",
    "ConversationSettings",
    "DaemonSettings",
    "DiscordSettings",
    "LimitsSettings",
    "MonitoringSettings",
    "PrivacySettings",
    "Setting",
    "Settings",
    "SettingsChange",
    "SettingsError",
    "StoreSettings",
    "WebSettings",
    "XaiSettings",
    "all_settings",
    "change_to",
    "load",
]
