"""The loopback Grok's answers: from a request and a script to a plan of chunks. Pure.

Not here: the services (`chat`, `directory`), sending chunks on time (`stream`).
"""

from __future__ import annotations

from grokbot.sandbox.grok_server.answers.author import Author, asks_for_title, text_of
from grokbot.sandbox.grok_server.answers.encrypted_content import owner_of, unseal
from grokbot.sandbox.grok_server.answers.plans import Beat, Plan
from grokbot.sandbox.grok_server.answers.prompts import PromptCache, Segment, segments
from grokbot.sandbox.grok_server.answers.replies import FINGERPRINT, Envelope, Tally, as_history
from grokbot.sandbox.grok_server.answers.scripts import (
    FunctionRequest,
    Script,
    ScriptedImages,
    ScriptedQuery,
    Scripts,
    directed,
)

__all__ = [
    "FINGERPRINT",
    "Author",
    "Beat",
    "Envelope",
    "FunctionRequest",
    "Plan",
    "PromptCache",
    "Script",
    "ScriptedImages",
    "ScriptedQuery",
    "Scripts",
    "Segment",
    "Tally",
    "as_history",
    "asks_for_title",
    "directed",
    "owner_of",
    "segments",
    "text_of",
    "unseal",
]
