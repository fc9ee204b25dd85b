"""The messages of one answer, as they are in Discord: sends, edits and deletes them.

The engine learns where they are, so that a restart finds them. Not here: what they should show (`layout`), when
something may be sent and what happens to a failed request (`live_answer`).
"""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.response import MessageRef
from grokbot.discord_bot.answers.buttons.faces import ids_in, ids_of, view_of
from grokbot.discord_bot.notices import NOBODY
from grokbot.discord_bot.rate_limits import retry_doubted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.discord_bot.answers.display_order import Given
    from grokbot.discord_bot.answers.layout import Part
    from grokbot.engine.engine import Engine

FILE_NAME = "answer.md"

NONCE_LENGTH = 25
"""The longest nonce that Discord accepts."""


@dataclass(slots=True)
class _Shown:
    """A message as it stands in Discord. `part` is None if that is unknown."""

    message_id: int
    part: Part | None


class Slot:
    """The messages of one answer, in their order.

    Args:
        response_id: The answer.
        channel: Where they stand.
        engine: Notes each of them.
        message_ids: Existing messages; what they show is unknown.
        under: The message that new ones reply to; None: they stand alone.
    """

    def __init__(
        self,
        response_id: str,
        channel: discord.PartialMessageable,
        engine: Engine,
        message_ids: Iterable[int],
        under: discord.PartialMessage | None = None,
    ) -> None:
        self._response_id = response_id
        self.channel = channel
        self._engine = engine
        self._under = under
        self._shown = [_Shown(message_id, None) for message_id in message_ids]
        self._sent = len(self._shown)
        self._again = bool(self._shown)
        self.writing = asyncio.Lock()
        """Held until a sent message is also noted, so that a press of its button can wait for that."""

    @classmethod
    def of(cls, given: Given, channel: discord.PartialMessageable, engine: Engine) -> Slot:
        """The messages of an answer. They reply to its question in a channel where conversations stand side by side.

        Args:
            given: The answer.
            channel: Where it stands.
            engine: Notes each message.
        """
        running = given.running
        asked = [ref.message_id for ref in running.asked.messages if ref.channel_id == channel.id]
        replies = bool(asked) and running.conversation.options.in_channel
        under = channel.get_partial_message(asked[-1]) if replies else None
        return cls(running.id, channel, engine, [ref.message_id for ref in given.shown.messages], under)

    def __len__(self) -> int:
        return len(self._shown)

    def shows(self, index: int, part: Part) -> bool:
        """Whether this message exists and shows this part."""
        return index < len(self._shown) and self._shown[index].part == part

    def says(self, text: str) -> bool:
        """Whether one of the messages shows this text."""
        return any(shown.part is not None and text in shown.part.content for shown in self._shown)

    def unknown(self, index: int) -> bool:
        """Whether this message exists with content that we did not write: an earlier answer, or a repeated nonce's."""
        return index < len(self._shown) and self._shown[index].part is None

    def index_of(self, message_id: int) -> int | None:
        """A message's index in the answer; None if it is not part of it."""
        return next((i for i, shown in enumerate(self._shown) if shown.message_id == message_id), None)

    async def write(self, index: int, part: Part) -> None:
        """Sends a message, or edits an existing one to this content.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: Discord refused it, or its reply was lost.
        """
        async with self.writing:
            if index < len(self._shown):
                await self._edit(self._shown[index], part)
            else:
                await self._send(index, part)

    async def came_back(self, message_id: int, nonce: str) -> None:
        """The gateway reports a message that we sent. If the reply to the request was lost, it counts now.

        Somebody may press its button before the next try.
        """
        async with self.writing:
            if nonce == nonce_of(self._response_id, self._sent) and self.index_of(message_id) is None:
                await self._note(message_id, len(self._shown), None)

    def hindered(self, why: str) -> None:
        """Tells the operator what keeps the answer from being shown; "": nothing any more."""
        self._engine.places.hindered(self._response_id, why)

    async def forget(self, index: int) -> bool:
        """Drops a message that somebody deleted. True if its content was known to be right."""
        gone = self._shown.pop(index)
        await self._engine.places.hidden(gone.message_id)
        return gone.part is not None

    def leave(self, index: int) -> int:
        """Gives up a message without deleting it, and returns its id; the database still knows it."""
        return self._shown.pop(index).message_id

    async def take_away(self, message_id: int) -> None:
        """Deletes a message that was given up.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: It may still be there.
        """
        with suppress(discord.NotFound):
            await retry_doubted(self.channel.get_partial_message(message_id).delete, "surplus")
        await self._engine.places.hidden(message_id)

    async def _edit(self, shown: _Shown, part: Part) -> None:
        files = await self._files(part)
        await self._write_over(
            shown.message_id,
            content=part.content,
            view=self._view(part),
            allowed_mentions=NOBODY,
            attachments=discord.utils.MISSING if files is None else files,
        )
        shown.part = part

    async def _files(self, part: Part) -> list[discord.File] | None:
        """The attachments of a part; None: what stands there. Made for each try, for sending reads them to the end.

        An image is read from the database if it is not at hand; one that it does not keep is in Discord.
        """
        files = [] if part.file is None else [discord.File(io.BytesIO(part.file.encode()), FILE_NAME)]
        if not part.images:
            return files
        data = await self._engine.places.data_of([each for each in part.images if each.data is None])
        for each in part.images:
            found = each.data or data.get((each.response_id, each.number))
            if found is None:
                return None
            files.append(discord.File(io.BytesIO(found), each.name, description=described(each.name)))
        return files

    async def _send(self, index: int, part: Part) -> None:
        """Sends a message without its file: without the right to attach files, the text should still be there."""
        sent = replace(part, file=None, images=())
        view = self._view(sent)
        message = await self._post(sent.content, view)
        # A repeated nonce returns what was sent the first time, perhaps with old text and buttons. An answer that is
        # shown again may repeat the nonce of a message that is now deleted: an edit will tell.
        as_sent = not self._again and message.content == sent.content.strip() and ids_in(message) == ids_of(view)
        await self._note(message.id, index, sent if as_sent else None)

    def _reply(self) -> dict[str, Any]:
        if self._under is None:
            return {}
        return {"reference": self._under.to_reference(fail_if_not_exists=False)}

    async def _note(self, message_id: int, index: int, part: Part | None) -> None:
        self._shown.append(_Shown(message_id, part))
        self._sent += 1
        await self._keep(MessageRef(message_id, self.channel.id, self._response_id, index))

    async def _write_over(self, message_id: int, **given: Any) -> None:
        await self.channel.get_partial_message(message_id).edit(**given)

    async def _post(self, text: str, view: discord.ui.View | None) -> discord.Message:
        return await self.channel.send(
            text,
            nonce=nonce_of(self._response_id, self._sent),
            allowed_mentions=NOBODY,
            suppress_embeds=True,
            view=view or discord.utils.MISSING,
            **self._reply(),
        )

    async def _keep(self, message: MessageRef) -> None:
        await self._engine.places.shown(message)

    def _view(self, part: Part) -> discord.ui.View | None:
        return view_of(part, self._response_id)


def described(name: str) -> str:
    """What an image shows, for people who cannot see it: the words of its name, which are those of its prompt."""
    return name.rpartition("-")[0].replace("-", " ")


def nonce_of(response_id: str, number: int) -> str:
    """The same for every try of one message, so that Discord drops a repeat. The end of an id is enough to identify it.

    Args:
        response_id: The answer's.
        number: How many of its messages were sent before.
    """
    suffix = f"-{number}"
    return response_id[-(NONCE_LENGTH - len(suffix)) :] + suffix
