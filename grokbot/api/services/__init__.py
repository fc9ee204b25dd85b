"""The methods of the three services. Each parses, makes one call to the engine, and answers.

Not here: wire messages (`messages`), keys, errors and limits of a call (`calls`).
"""

from __future__ import annotations

from grokbot.api.services.chat import Chat
from grokbot.api.services.daemon_conversations import DaemonConversations
from grokbot.api.services.daemon_files import DaemonFiles
from grokbot.api.services.daemon_operator import DaemonFacts, DaemonOperator
from grokbot.api.services.daemon_stuck import DaemonStuck, nowhere_to_look
from grokbot.api.services.daemon_turns import DaemonTurns
from grokbot.api.services.stateless_chat import StatelessChat

__all__ = [
    "Chat",
    "DaemonConversations",
    "DaemonFacts",
    "DaemonFiles",
    "DaemonOperator",
    "DaemonStuck",
    "DaemonTurns",
    "StatelessChat",
    "nowhere_to_look",
]
