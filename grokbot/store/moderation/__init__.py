"""Moderators' settings, and their purges."""

from __future__ import annotations

from grokbot.store.moderation.blocks import BlockRows
from grokbot.store.moderation.filters import FilterRows
from grokbot.store.moderation.guild_settings import GuildSettingRows
from grokbot.store.moderation.known_servers import KnownServerRows
from grokbot.store.moderation.personas import PersonaRows
from grokbot.store.moderation.purge import PurgedRows

__all__ = ["BlockRows", "FilterRows", "GuildSettingRows", "KnownServerRows", "PersonaRows", "PurgedRows"]
