"""/imagine, and the buttons under the images that it posts.

Not here: who may and who pays (`engine.library.images`), the images that the model makes in an answer (`answers`).
"""

from __future__ import annotations

from grokbot.discord_bot.commands.images.image_buttons import ImageButton, change_submitted
from grokbot.discord_bot.commands.images.imagine import imagine

__all__ = ["ImageButton", "change_submitted", "imagine"]
