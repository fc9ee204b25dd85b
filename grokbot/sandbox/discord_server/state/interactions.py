"""A person's interaction with the bot, and the answers they see.

Not here: answering it (acts/interactions.py).
"""

import asyncio
from dataclasses import dataclass, field

from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state.model import Channel, Message, User


@dataclass(eq=False)
class InteractionResult:
    """What a person sees of their interaction. It changes as the bot follows up.

    Attributes:
        acknowledged: whether the bot answered in time; otherwise the client shows that the application did not respond.
        deferred: whether the answer was "is thinking", or nothing visible for a press.
        ephemeral: whether only this person sees the first answer.
        updated: whether the answer to a press edited the pressed message.
        messages: new messages in answer to it, oldest first.
        modal: the modal to fill in, or None.
        choices: the choices of an autocomplete.
    """

    acknowledged: bool = False
    deferred: bool = False
    ephemeral: bool = False
    updated: bool = False
    messages: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    interaction_id: int = 0

    @property
    def message(self) -> Message | None:
        """The first message, or None."""
        return self.messages[0] if self.messages else None


@dataclass(eq=False)
class Interaction:
    """One interaction on the server's side."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: Json
    started: float
    owners: Json
    """`authorizing_integration_owners`: the server and the person who installed the app, as far as that counts here."""
    target: Message | None = None
    original: Message | None = None
    loading: bool = False
    follow_ups: int = 0
    result: InteractionResult = field(default_factory=InteractionResult)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
