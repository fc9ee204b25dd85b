"""Conversations, their responses, and where these appear in Discord."""

from __future__ import annotations

from grokbot.store.conversations.attachments import OF_THESE_GONE, OF_WRITER_GONE, AttachmentRows
from grokbot.store.conversations.conversations import Conversations
from grokbot.store.conversations.listing import Listing
from grokbot.store.conversations.message_places import Messages
from grokbot.store.conversations.openings import Openings
from grokbot.store.conversations.placement import Placement
from grokbot.store.conversations.queue import Queue
from grokbot.store.conversations.responses import CompactionRows, Responses, TextSource
from grokbot.store.conversations.stars_and_shares import ShareRows, StarRows
from grokbot.store.conversations.turns import TurnRows
from grokbot.store.conversations.variants import VariantRows
from grokbot.store.conversations.watermarks import Watermarks, dealt_with

__all__ = [
    "OF_THESE_GONE",
    "OF_WRITER_GONE",
    "AttachmentRows",
    "CompactionRows",
    "Conversations",
    "Listing",
    "Messages",
    "Openings",
    "Placement",
    "Queue",
    "Responses",
    "ShareRows",
    "StarRows",
    "TextSource",
    "TurnRows",
    "VariantRows",
    "Watermarks",
    "dealt_with",
]
