"""The attachments of a prompt: loaded for the request, or replaced by a note where the model cannot be shown one.

Remembers what each model refused, so that a refusal costs one request. Not here: storing them (`store`), fetching them
(`discord_bot.content`), the request (`xai`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokFailure
from grokbot.conversation.history import Role
from grokbot.conversation.parts import AttachmentKind, TextPart, identities
from grokbot.conversation.text import quotations
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from grokbot.conversation.errors import GrokError
    from grokbot.conversation.history import Prompt, PromptMessage
    from grokbot.conversation.parts import AttachedFile, Part
    from grokbot.conversation.response import MessageRef, Response
    from grokbot.engine.context import Context

    Key: TypeAlias = tuple[str, int]
    AttachedReader: TypeAlias = Callable[[Sequence[MessageRef]], Awaitable[Sequence[AttachedFile]]]
    """Reads the attachments of a response from its messages in Discord again, with their data."""

log = logging.getLogger(__name__)

REQUEST_BYTES = 14 * 1024**2
"""Attachments of one request together, as sent: xAI's gRPC messages have 20 MiB at most, with the text."""

AT_ONCE = 4
"""So many of the oldest attachments are left out together: each time, xAI's prompt cache begins anew."""

BLIND = Sentence("this model takes no pictures")
UNREADABLE = Sentence("xAI could not read it")
TOO_MUCH = Sentence("left out: older than what fits in one request")
GONE = Sentence("no longer stored")


@dataclass(slots=True)
class Refusals:
    """What was refused during one answer."""

    stored: bool = False
    """Storing a conversation that has attachments."""
    files: bool = False
    pictures: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    """What the request does not show of what people would expect in it: names, and why."""


class PromptAttachments:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        sees: Whether a model takes pictures, as far as is known.
        again: Reads attachments again whose data is not stored; None: nobody does.
    """

    def __init__(self, context: Context, sees: Callable[[str], bool], again: AttachedReader | None = None) -> None:
        self._store = context.store
        self._sees = sees
        self._again = again
        self._stored_refused: set[str] = set()
        self._files_refused: set[str] = set()

    def known(self, model: str) -> Refusals:
        """What a model is known to refuse."""
        return Refusals(stored=model in self._stored_refused, files=model in self._files_refused)

    def found(self, trouble: GrokError, prompt: Prompt, path: Sequence[Response], refused: Refusals) -> bool:
        """Whether to ask again without something that may have been refused, which is noted in `refused`.

        Args:
            trouble: How xAI refused the request.
            prompt: What was asked.
            path: The whole path, with what xAI keeps of it.
            refused: What was refused before.
        """
        kinds = {each.kind for said in prompt.messages for each in said.attached}
        if trouble.kind is GrokFailure.IMAGE_UNREADABLE and AttachmentKind.PICTURE in kinds and not refused.pictures:
            refused.pictures = True
            return True
        if trouble.kind is not GrokFailure.BAD_REQUEST:
            return False
        if prompt.store and not refused.stored and any(response.attachments for response in path):
            refused.stored = True
            return True
        if AttachmentKind.FILE in kinds and not refused.files:
            refused.files = True
            return True
        return False

    def remember(self, model: str, refused: Refusals) -> None:
        """Remembers what was refused, once an answer has come without it."""
        for was, models, what in (
            (refused.stored, self._stored_refused, "stored"),
            (refused.files, self._files_refused, "files"),
        ):
            if was and model not in models:
                models.add(model)
                log.info("attachments.refused model=%s what=%s", model, what)

    async def loaded(self, prompt: Prompt, model: str, refused: Refusals) -> Prompt:
        """The prompt with its attachments as parts.

        Args:
            prompt: What is asked.
            model: Which model is asked.
            refused: What it does not take.

        Raises:
            StoreError: They could not be read.
        """
        every = [each for said in prompt.messages for each in said.attached]
        if not every:
            return prompt
        notes = {_key(each): why for each in every if (why := self._note(each, model, refused))}
        notes |= dict.fromkeys(_too_much([each for each in every if _key(each) not in notes]), TOO_MUCH)
        asked = [each for said in _asked(prompt) for each in said.attached]
        refused.left_out = tuple(
            (each.name, notes[_key(each)])
            for each in every
            if _key(each) in notes and (each in asked or notes[_key(each)] == TOO_MUCH)
        )
        wanted = [each for each in every if _key(each) not in notes]
        data = dict(await self._store.attachments.loaded(wanted))
        for response_id in dict.fromkeys(each.response_id for each in wanted if _key(each) not in data):
            data |= await self._read_again([each for each in wanted if each.response_id == response_id])
        return replace(prompt, messages=tuple(_shown(said, data, notes) for said in prompt.messages))

    def _note(self, attached: AttachedFile, model: str, refused: Refusals) -> str | None:
        if attached.kind is AttachmentKind.FILE:
            return UNREADABLE if refused.files else None
        if not self._sees(model):
            return BLIND
        return UNREADABLE if refused.pictures else None

    async def _read_again(self, wanted: Sequence[AttachedFile]) -> Mapping[Key, bytes]:
        """The data of one response's attachments, from Discord."""
        if self._again is None:
            return {}
        try:
            found = await self._again(await self._store.messages.of(wanted[0].response_id))
        except Exception:  # a failing reader of another room must not stop the rest
            log.exception("attachments.not_in_discord response=%s", wanted[0].response_id)
            return {}
        read = dict(zip(identities(found), found, strict=True))
        matched = zip(wanted, (read.get(identity) for identity in identities(wanted)), strict=True)
        return {_key(each): its.data for each, its in matched if its is not None and its.data is not None}


def _asked(prompt: Prompt) -> Iterator[PromptMessage]:
    """The messages that are answered: those of people at the end."""
    return takewhile(lambda said: said.role is Role.USER, reversed(prompt.messages))


def _key(attached: AttachedFile) -> Key:
    return attached.response_id, attached.number


def _too_much(every: Sequence[AttachedFile]) -> Sequence[Key]:
    """The oldest attachments, as many as do not fit."""
    sizes = [each.sent_bytes for each in every]
    left_out = 0
    while sum(sizes[left_out:]) > REQUEST_BYTES:
        left_out += AT_ONCE
    return [_key(each) for each in every[:left_out]]


def _shown(said: PromptMessage, data: Mapping[Key, bytes], notes: Mapping[Key, str]) -> PromptMessage:
    if not said.attached:
        return said
    return replace(said, parts=(*said.parts, *_parts(said.attached, data, notes)))


def _parts(attached: Sequence[AttachedFile], data: Mapping[Key, bytes], notes: Mapping[Key, str]) -> Iterator[Part]:
    for each in attached:
        found = data.get(_key(each))
        if found is None:
            yield TextPart(quotations.attached(notes.get(_key(each), GONE), [each.name]))
        else:
            yield TextPart(quotations.shown([each.name]))
            yield each.part(found)
