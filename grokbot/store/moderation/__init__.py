"""What moderators have set, and what they purge."""

from __future__ import annotations

from grokbot.store.moderation.blocks import Blocks
from grokbot.store.moderation.filters import Filters
from grokbot.store.moderation.guild_settings import GuildSettings
from grokbot.store.moderation.purge import Purge

__all__ = ["Blocks", "Filters", "GuildSettings", "Purge"]
