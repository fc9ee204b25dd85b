"""The newest messages of one channel, as one person sees them, and what changed of them since the last look.

Here: comparing. A look costs one small comparison a message; JSON is made of those alone that changed.
Not here: the JSON (view.py), when it is looked (viewer.py).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server.state.permissions import in_channel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.page.view import View

NEWEST = 200
"""Messages that are sent as a channel is opened."""

MOST = 500
"""Messages that are kept an eye on; the oldest leave the page then."""


class OpenChannel:
    """What a page shows of one channel."""

    def __init__(self, view: View, channel: Channel) -> None:
        self.channel = channel
        self._view = view
        self._rights: Any = None
        self._shown: dict[int, tuple[Message, Any]] = {}
        self._said = self._whispered = 0

    def look(self) -> Json | None:
        """The frame for what changed since the last look, everything at the first; None for nothing."""
        channel = self.channel
        rights = (in_channel(channel, self._view.me.id), channel.archived, channel.locked)
        if rights != self._rights:
            self._rights = rights
            return self._all()
        gone = [number for number, (message, _) in self._shown.items() if not self._view.sees_message(message)]
        for number in gone:
            del self._shown[number]
        new = [*channel.log[self._said :], *channel.ephemerals[self._whispered :]]
        self._said, self._whispered = len(channel.log), len(channel.ephemerals)
        changed = [message for message, state in self._shown.values() if state != self._state(message)]
        changed += sorted((m for m in new if self._view.sees_message(m)), key=_id)
        self._note(changed)
        for number in list(islice(self._shown, max(0, len(self._shown) - MOST))):
            del self._shown[number]
            gone.append(number)
        return self._frame(changed, gone, everything=False) if changed or gone else None

    def _all(self) -> Json:
        channel, sees = self.channel, self._view.sees_message
        self._said, self._whispered = len(channel.log), len(channel.ephemerals)
        newest = list(islice(filter(sees, reversed(channel.log)), NEWEST))
        since = newest[-1].id if len(newest) == NEWEST else 0
        newest += [m for m in islice(filter(sees, reversed(channel.ephemerals)), NEWEST) if m.id > since]
        newest.sort(key=_id)
        self._shown.clear()
        self._note(newest)
        return self._frame(newest, [], everything=True)

    def _note(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._shown[message.id] = (message, self._state(message))

    def _frame(self, messages: list[Message], gone: list[int], *, everything: bool) -> Json:
        return {
            "op": "messages",
            "channel": str(self.channel.id),
            "all": everything,
            "messages": [self._view.message(message) for message in messages],
            "gone": [str(number) for number in gone],
        }

    def _state(self, message: Message) -> Any:
        """Everything of the JSON that may change. Equal parts are mostly the same objects, so that nothing is read."""
        reference, thread = message.reference, message.thread
        target = None
        if reference is not None and reference.message_id is not None:
            target = self._view.discord.world.messages.get(reference.message_id)
        return (
            message.content,
            message.edited,
            message.flags,
            message.pinned,
            message.embeds,
            message.components,
            message.attachments,
            [(emoji, frozenset(who)) for emoji, who in message.reactions.items()],
            None if thread is None else (thread.name, thread.archived, thread.deleted, thread.total_sent),
            None if target is None else (target.content, target.edited, target.deleted, target.attachments),
            self._view.shown(message.author, self.channel),
        )


def _id(message: Message) -> int:
    return message.id
