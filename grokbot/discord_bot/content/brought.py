"""What a message brings besides its own words, collected step by step, and the files of messages and embeds by name.

Not here: reading them (`attachments`), which messages are read (`message_reader`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.text import quotations, visible
from grokbot.discord_bot.content.attachments import Fetched, FileSource
from grokbot.policy.admission import ALL_READ, MESSAGE_BYTES, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Overheard
    from grokbot.discord_bot.content.attachments import File

EMBED_PICTURES = 4
"""Pictures that are looked at in the embeds of one message."""


@dataclass(slots=True)
class Brought:
    """What a message says besides its own words."""

    quotes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    attached: list[AttachedFile] = field(default_factory=list)
    """Pictures and files beside its own text."""
    quoted_attached: list[AttachedFile] = field(default_factory=list)
    """Those of what it quotes."""
    unread: list[File] = field(default_factory=list)
    quoted_unread: Unread = ALL_READ
    left: int = MESSAGE_BYTES
    """Bytes of files that may still be shown."""
    quoted_id: int | None = None
    """Whose words are quoted: at most one person besides the writer."""
    quoted: set[int] = field(default_factory=set)
    """The messages that are quoted."""
    background: tuple[Overheard, ...] = ()
    """What is not quoted for that reason."""

    def add(self, files: Sequence[File], message: discord.Message | None) -> None:
        """Adds files, as far as they could be read, and the message that they came with; None: with none."""
        self.files += [file.text for file in files if file.what is Fetched.TEXT]
        self.left -= sum(file.size for file in files if file.what is Fetched.TEXT)
        for file in files:
            if file.attached is not None:
                channel_id, message_id = (message.channel.id, message.id) if message is not None else (None, None)
                self.attached.append(replace(file.attached, channel_id=channel_id, message_id=message_id))
            elif file.what is not Fetched.TEXT:
                self.unread.append(file)

    def take(self, attached: Sequence[AttachedFile], writer_id: int | None, unread: Unread = ALL_READ) -> None:
        """Adds what comes with a quoted message, and is named in the quotation.

        Args:
            attached: Its pictures and files.
            writer_id: Whose they are; None: the writer's of this message, or nobody knows.
            unread: Its files that are not shown.
        """
        self.quoted_unread += unread
        self.quoted_attached += [replace(each, author_id=writer_id) for each in attached]

    def named(self, *what: Fetched) -> tuple[str, ...]:
        """The names of files that are not shown."""
        return tuple(file.name for file in self.unread if file.what in what)

    @property
    def attachments(self) -> tuple[AttachedFile, ...]:
        """All that stands beside the text, in the order in which the text names it."""
        return (*self.quoted_attached, *self.attached)

    @property
    def not_shown(self) -> Unread:
        """What the writer hears of files that are not shown."""
        return self.quoted_unread + Unread(
            too_long=self.named(Fetched.TOO_LONG),
            not_fetched=self.named(Fetched.NOT_FETCHED),
            broken=tuple((file.name, file.why) for file in self.unread if file.what is Fetched.BROKEN),
            voice=self.named(Fetched.VOICE),
            other=self.named(Fetched.OTHER),
        )

    def composed(self, words: str) -> str:
        """The whole text; empty if there are only names of files that are not shown."""
        files = [*self.files, quotations.shown([each.name for each in self.attached])] if self.attached else self.files
        text = quotations.composed(self.quotes, words, files)
        notes = (
            ("not shown to you", self.named(Fetched.OTHER, Fetched.NOT_FETCHED, Fetched.BROKEN)),
            ("too long to be shown to you", self.named(Fetched.TOO_LONG)),
            ("a voice message that you cannot hear", self.named(Fetched.VOICE)),
            ("empty", self.named(Fetched.EMPTY)),
        )
        told = [quotations.attached(why, names) for why, names in notes if names]
        return quotations.composed(self.quotes, words, (*files, *told)) if any(map(visible, text)) else ""


def attached_to(message: discord.Message | discord.MessageSnapshot) -> Sequence[FileSource]:
    """The files of a message."""
    return [FileSource.of(attachment) for attachment in message.attachments]


def pictured_in(embeds: Sequence[discord.Embed]) -> Sequence[FileSource]:
    """The pictures of embeds, as Discord's own servers show them."""
    found: dict[str, FileSource] = {}
    for embed in embeds:
        name = f"picture of {embed.title or embed.provider.name or 'a link'}"[:100]
        for address in (embed.image.proxy_url, embed.thumbnail.proxy_url):
            if address:
                found.setdefault(address, FileSource(name, address, from_embed=True))
    return list(found.values())[:EMBED_PICTURES]


def embedded(embeds: Sequence[discord.Embed]) -> Iterator[str]:
    """The texts of embeds, one after the other."""
    for embed in embeds:
        parts = [embed.author.name, embed.title, embed.description]
        parts += [f"{one.name}\n{one.value}" for one in embed.fields]
        parts.append(embed.footer.text)
        if text := "\n".join(part for part in parts if part):
            yield text


def displayed(components: Sequence[discord.Component]) -> Iterator[str]:
    """The text that bots lay out as components."""
    for part in components:
        if isinstance(part, discord.TextDisplay):
            yield part.content
        yield from displayed(getattr(part, "children", ()))


def made(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    """What a person made besides words: a poll, stickers."""
    if isinstance(message, discord.Message) and message.poll is not None:
        yield "\n".join(chain([message.poll.question], (f"- {answer.text}" for answer in message.poll.answers)))
    for sticker in message.stickers:
        yield f"(sticker: {quotations.label(sticker.name)})"
