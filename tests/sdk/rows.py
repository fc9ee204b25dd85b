"""The table: what the documents of the SDK of 2024 say, and what is proved of each.

Here: the list of names, taken from the documents by hand, and how a proof is written down. Not here: the proofs
(`proofs_*`), running them (`test_documented`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

DOCUMENTED = (
    # The Chat SDK's page.
    "Client",
    "Client.chat",
    "chat.AsyncChat",
    "chat.AsyncChat.create_conversation",
    "chat.Conversation",
    "chat.Conversation.fun_mode",
    "chat.Conversation.history",
    "chat.Conversation.add_response",
    "chat.Conversation.add_response_no_stream",
    # The Grok SDK's page.
    "Client.grok",
    "grok.AsyncGrok",
    "grok.AsyncGrok.create_conversation",
    "grok.AsyncGrok.get_conversation",
    "grok.AsyncGrok.list_conversations",
    "grok.Conversation",
    "grok.Conversation.conversation_id",
    "grok.Conversation.create_time",
    "grok.Conversation.root_responses",
    "grok.Conversation.starred",
    "grok.Conversation.title",
    "grok.Conversation.add_response",
    "grok.Conversation.delete",
    "grok.Conversation.generate_title",
    "grok.Conversation.get_children",
    "grok.Conversation.get_response",
    "grok.Conversation.load",
    "grok.Conversation.register_response",
    "grok.Conversation.set_leaf_response_id",
    "grok.Conversation.set_title",
    "grok.Conversation.star",
    "grok.Conversation.unstar",
    "grok.Response",
    "grok.Response.children",
    "grok.Response.create_time",
    "grok.Response.manual",
    "grok.Response.message",
    "grok.Response.parent_response",
    "grok.Response.parent_response_id",
    "grok.Response.partial",
    "grok.Response.query",
    "grok.Response.query_type",
    "grok.Response.response_id",
    "grok.Response.sender",
    "grok.Response.shared",
    "grok.Response.replace",
    "grok.Response.resample",
    "grok.Response.select",
    "grok.Response.share",
    # stateful_chat: what it takes, and what it returns.
    "stateful.chat(prompt)",
    "stateful.chat(response_id)",
    "stateful.chat(model)",
    "stateful.chat(system_prompt)",
    "stateful.chat(include_reasoning)",
    "stateful.chat(temperature)",
    "stateful.chat(max_tokens)",
    "stateful.chat -> content",
    "stateful.chat -> response_id",
    "stateful.chat -> status",
    "stateful.chat -> model",
    "stateful.chat -> usage",
    "stateful.chat -> stored_until",
    "stateful.chat -> continued_from",
    "stateful.chat -> reasoning",
)


@dataclass(frozen=True)
class World:
    """What a proof has: a daemon's insides, and a client of it."""

    served: ServedHouse
    client: Client


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    proves: str
    proof: Callable[[World], Awaitable[None]]

    @property
    def id(self) -> str:
        return f"{self.name}: {self.proves}"


ROWS: list[Row] = []


def row(name: str, proves: str) -> Callable[[Callable[[World], Awaitable[None]]], None]:
    """Writes a proof down in the table; a name may have several."""

    def write(proof: Callable[[World], Awaitable[None]]) -> None:
        ROWS.append(Row(name, proves, proof))

    return write
