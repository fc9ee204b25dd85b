"""People's choices about their stored data: the notice, opting out, exporting everything, deleting everything.

Not here: what is deleted of a conversation (`store.privacy.erase_person`), its order (`erase_person`), the file's form
(`documents`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError, UserError
from grokbot.conversation.response import Sender
from grokbot.conversation.text import Plural, Sentence
from grokbot.documents.about_person import PersonExport, PersonsPart, zipped
from grokbot.engine.privacy.erase_person import PersonErasure
from grokbot.settings import KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.records import ErasedEverything
    from grokbot.conversation.response import Conversation, Response
    from grokbot.documents.transcript import Transcript
    from grokbot.engine.admission import Access, OptOuts
    from grokbot.engine.context import Context
    from grokbot.engine.library import Library, Titles, Withdrawal
    from grokbot.engine.turns import TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion


log = logging.getLogger(__name__)

EXPORTED_BYTES = 6 * 1024**2
"""Attachments in one export: Discord takes files of 10 MiB. The rest is named."""

EXPORTS_AT_ONCE = 2
"""An export reads all of a person's messages: answers go first."""

NOTICE = Sentence(
    "**Before you start:** this bot's operator stores what you write to me, your name and my answers, so that "
    "conversations can continue, and sends them to xAI, whose model answers. They are kept {kept}. xAI keeps requests "
    "for up to 30 days. In a thread, everyone who can see it can read along, and what they write to me is treated the "
    "same. Where somebody calls me into a thread, I read and keep its last messages, too.\n\nWhat you delete in "
    "Discord is deleted here and at xAI. `/privacy export` gives you everything stored about you, `/privacy delete` "
    "deletes it, `/privacy optout` stops me from reading what you write, `/privacy notice` shows this again."
)
"""What the settings say by default (`settings.privacy`), in the readers' language."""

NOBODYS = Sentence("Nobody has this id.")
FOREVER = Sentence("until somebody deletes them")
"""How long messages are kept, within the notice."""
FOR_DAYS = Plural("for {n} day after the last change", "for {n} days after the last change")


class Privacy:
    """One for the process. All of it is for the person themselves: the caller makes sure that it is they who ask.

    Args:
        context: Settings, store, clock, ids and events.
        runner: The answers under way.
        xai_deletion: Deletes at xAI.
        titles: Writes other titles if some go.
        library: Reads conversations as they are shown.
        access: Who may see what.
        opt_outs: Knows who does not want to be read.
        withdrawal: Removes what was overheard.
    """

    def __init__(
        self,
        context: Context,
        runner: TurnRunner,
        xai_deletion: XaiDeletion,
        titles: Titles,
        library: Library,
        access: Access,
        opt_outs: OptOuts,
        withdrawal: Withdrawal,
    ) -> None:
        self._context = context
        self._store = context.store
        self._library = library
        self._access = access
        self._now = context.now
        self._leaving = PersonErasure(context, runner, xai_deletion, titles)
        self._opt_outs = opt_outs
        self._withdrawal = withdrawal
        self._exporting = asyncio.Semaphore(EXPORTS_AT_ONCE)

    @property
    def notice(self) -> str:
        """The notice at a person's first use: what is stored, where, how long, and what goes to xAI."""
        written = self._context.settings.privacy.notice.strip()
        return (str(NOTICE) if written == NOTICE else written).replace(KEPT, self._how_long())

    @property
    def policy_url(self) -> str | None:
        """Where the public privacy policy is; None: nowhere."""
        return self._context.settings.policy_url

    @property
    def notice_line(self) -> str:
        """The line under a person's first answer that points to the notice; empty: none."""
        return self._context.settings.privacy.line.strip() if self.notice else ""

    async def notice_due(self, user_id: int) -> bool:
        """Whether a person should see the notice; never if there is none.

        Raises:
            StoreError: It could not be looked up.
        """
        return bool(self.notice) and not await self._store.privacy.was_noticed(user_id)

    async def noticed(self, user_id: int) -> None:
        """Notes that a person has seen the notice. If that cannot be saved they see it again."""
        try:
            await self._store.privacy.note_notice(user_id, self._now())
        except StoreError:
            log.exception("notice.unsaved")

    async def opted_out(self, user_id: int, at: datetime | None = None) -> bool:
        """See `OptOuts.opted_out`."""
        return await self._opt_outs.opted_out(user_id, at)

    async def opt_out(self, user_id: int, at: datetime | None = None) -> bool:
        """From now on nothing that this person writes is read or sent. Returns whether that is new.

        What they told the bot stays; `delete_everything` removes it. What it overheard goes at once. `at` is the time
        of their request by the clock of their messages; by default ours.

        Raises:
            StoreError: It could not be kept; nothing has changed.
        """
        new = await self._opt_outs.begin(user_id, at)
        await self._withdrawal.unheard(author_id=user_id)
        return new

    async def opt_in(self, user_id: int, at: datetime | None = None) -> bool:
        """This person's messages may be read again, but never those from the opt-out. Raises as `opt_out` does.

        Returns:
            Whether that is new.
        """
        return await self._opt_outs.end(user_id, at)

    async def export(self, user_id: int) -> bytes:
        """All stored data of a person, as a zip with JSON and Markdown.

        Raises:
            StoreError: It could not be read.
        """
        async with self._exporting:
            everything = await self._everything(user_id)
            content = await asyncio.to_thread(zipped, everything)
        log.info("privacy.exported conversations=%d bytes=%d", len(everything.parts), len(content))
        return content

    async def delete_everything(self, user_id: int) -> ErasedEverything:
        """Deletes all stored data of a person that is not somebody else's, here and at xAI, in rows and in files.

        Conversations in which nobody else has written go; in the others their words, the answers to them and their
        name. Their stars, shares and keys go. Usage stays, under nobody's id; this month's keeps theirs until the month
        is over, since limits count against it. Moderators' decisions and the opt-out stay too. After a stop in between
        the next start continues (`resume`).

        Raises:
            UserError: There is no such person.
            StoreError: Not all of it could be deleted; the next start continues, or another call.
        """
        if user_id <= 0:
            raise UserError(NOBODYS)
        return await self._leaving.all_of(user_id)

    async def resume(self) -> None:
        """After a start: continues deletions of everything that a stop cut off."""
        await self._leaving.resume()

    async def look(self) -> None:
        """Now and then: removes ids of people who left from their usage, once no limit counts it.

        Also forgets opt-outs that ended. Raises StoreError: Not yet.
        """
        await self._leaving.look()
        await self._opt_outs.look()

    def _how_long(self) -> str:
        days = self._context.settings.store.retention_days
        if days is None:
            return str(FOREVER)
        return FOR_DAYS(days)

    async def _everything(self, user_id: int) -> PersonExport:
        kept = await self._store.privacy.kept_of(user_id)
        parts: list[PersonsPart] = []
        whole: list[Transcript] = []
        for conversation_id in await self._store.listing.of_person(user_id):
            conversation = await self._store.conversations.get(conversation_id)
            if conversation is None:  # it was deleted just now
                continue
            said = (*await self._store.responses.forest(conversation_id), *await self._store.queue.of(conversation_id))
            own = _own(said, user_id)
            if not await self._access.sees(conversation, user_id):
                parts.append(_written(conversation, own))
                continue
            parts.append(PersonsPart(conversation=conversation, said=tuple(own)))
            if conversation.owner_id == user_id:
                try:
                    whole.append(await self._library.transcripts.of(conversation, None, names=True))
                except UserError:  # it is empty or gone
                    continue
        asked = [response for part in parts for response in part.said if response.sender is Sender.HUMAN]
        attached = await self._attached(asked)
        return PersonExport(
            user_id=user_id, at=self._now(), kept=kept, parts=tuple(parts), whole=tuple(whole), attached=attached
        )

    async def _attached(self, said: Sequence[Response]) -> Sequence[AttachedFile]:
        """What a person attached themselves, as far as it fits into one file; the newest first."""
        fitting: list[AttachedFile] = []
        left = EXPORTED_BYTES
        for each in (each for response in reversed(said) for each in response.attachments if each.author_id is None):
            left -= each.size
            if left < 0:
                break
            fitting.append(each)
        data = await self._store.attachments.loaded(fitting)
        keys = ((each, (each.response_id, each.number)) for each in fitting)
        return [replace(each, data=data[key]) for each, key in keys if key in data]


def _written(conversation: Conversation, own: Sequence[Response]) -> PersonsPart:
    """A person's own messages, and nothing that may come from after they left."""
    said = tuple(response for response in own if response.sender is Sender.HUMAN)
    last = max((response.created_at for response in said), default=conversation.created_at)
    return PersonsPart(conversation=replace(conversation, title="", modified_at=last), said=said, left=True)


def _own(responses: Sequence[Response], user_id: int) -> Sequence[Response]:
    """A person's messages and the answers to them."""
    by_id = {response.id: response for response in responses}

    def theirs(response: Response) -> bool:
        if response.sender is Sender.HUMAN:
            return response.author is not None and response.author.id == user_id and not response.erased
        if not response.answered:
            return False
        above = by_id.get(response.parent_id or "")
        while above is not None and above.sender is Sender.HUMAN:
            if above.author is not None and above.author.id == user_id:
                return True
            above = by_id.get(above.parent_id or "")
        return False

    return [response for response in responses if theirs(response)]
