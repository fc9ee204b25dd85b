"""Records beside the forest: shares, keys, pauses, purges, usage, the audit log. Pure."""

from __future__ import annotations

from grokbot.conversation.records.audit import EVERYTHING, LONGEST_REASON, PROGRAM, AuditEntry, AuditFilter, AuditPage
from grokbot.conversation.records.listing import (
    FIRST_WORDS,
    AnswerInfo,
    DeletedConversation,
    Info,
    ListedConversation,
    Page,
)
from grokbot.conversation.records.moderator_events import (
    SLOW,
    Acted,
    FilterHit,
    Happened,
    ModeratorWarning,
    Refused,
    SafetyRefused,
)
from grokbot.conversation.records.operator import ApiKey, Pause
from grokbot.conversation.records.privacy import NOBODY, Erased, ErasedEverything, Kept, OptOut, Rest
from grokbot.conversation.records.purge import PurgePlan
from grokbot.conversation.records.share import Share
from grokbot.conversation.records.usage import By, Spent, UsageSum

__all__ = [
    "EVERYTHING",
    "FIRST_WORDS",
    "LONGEST_REASON",
    "NOBODY",
    "PROGRAM",
    "SLOW",
    "Acted",
    "AnswerInfo",
    "ApiKey",
    "AuditEntry",
    "AuditFilter",
    "AuditPage",
    "By",
    "DeletedConversation",
    "Erased",
    "ErasedEverything",
    "FilterHit",
    "Happened",
    "Info",
    "Kept",
    "ListedConversation",
    "ModeratorWarning",
    "OptOut",
    "Page",
    "Pause",
    "PurgePlan",
    "Refused",
    "Rest",
    "SafetyRefused",
    "Share",
    "Spent",
    "UsageSum",
]
