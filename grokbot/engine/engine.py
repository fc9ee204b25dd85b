"""What can be done with a conversation: ask, retry, stop, recover. Every rule of who may and when is asked here.

Not here: the order of turns (`turns.turns`), running them to their end (`turns.runner`), Discord, SQL, xAI's wire.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Conversation, State
from grokbot.engine.admission import (
    Access,
    Admitting,
    Beginnings,
    Membership,
    Notices,
    Opening,
    OptingOut,
    RulesKept,
    opened,
)
from grokbot.engine.budgets import Beside, Budgets, Drawing, PriceList, Spending
from grokbot.engine.deletion import Forgetting, Rereading, Retention, Wordless
from grokbot.engine.library import InDiscord, Library, TakingBack, Titling
from grokbot.engine.moderation import Moderation, Tools
from grokbot.engine.privacy import Privacy
from grokbot.engine.programs import Forests, Growing, Happenings, Keys, Stateless
from grokbot.engine.turns import Asking, LookingUp, Pausing, Question, Recovery, Sampler, Turns
from grokbot.engine.variants import Steering, Variants
from grokbot.store import AlreadyKnown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.response import Author
    from grokbot.engine.deletion import Reader
    from grokbot.engine.turns import RunningAnswer, WaitingRefused
    from grokbot.policy.rights import Presser
    from grokbot.settings import Settings
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

__all__ = ["AlreadyKnown", "Engine", "Question"]


class Engine(InDiscord):
    """One for the process.

    Args:
        settings: What new conversations begin with.
        store: Where everything is kept.
        grok: The client of xAI.
        now: The clock, in UTC.
        new_id: Makes ids that sort by time.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        grok: GrokClient,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._new_id = new_id
        self.prices = PriceList(grok, settings.xai.model)
        self.budgets = Budgets(settings.limits, settings.xai.model, store, self.prices, now, new_id)
        self.notices = Notices()
        self.budgets.happened = self.notices.tell
        rules = RulesKept(store, now)
        beginnings = Beginnings(rules)
        opting_out = OptingOut(store, now)
        self.admitting = Admitting(store, rules, beginnings, self._check_open, self.notices, opting_out, now, new_id)
        sampler = Sampler(store, grok, now)
        self._turns = Turns(store, sampler, now, new_id, self.budgets, beginnings, self.admitting)
        self._runs = self._turns.runs
        self._lanes = self._runs.lanes
        self.arrears = self._runs.arrears
        looking_up = LookingUp(store, self._runs, everyone=settings.conversation.steering == "everyone")
        self._steering = Steering(store, self._turns, looking_up)
        self.variants = Variants(store, self._turns, looking_up, now, new_id)
        self.membership = Membership()
        access = Access(store, self.membership)
        self.growing = Growing(settings, store, self._turns, looking_up, access, opting_out, now)
        self._recovery = Recovery(store, self._turns, now)
        self.forgetting = Forgetting(store, grok)
        self.pausing = Pausing(store, self._runs, now, self.answer_waiting)
        beside = Beside(store, self.budgets, now, new_id)
        self.titling = Titling(
            settings.conversation, store, grok, self.pausing, self.admitting, beside, beginnings, access
        )
        self.moderation = Moderation(
            Tools(
                store=store,
                rules=rules,
                notices=self.notices,
                runs=self._runs,
                forgetting=self.forgetting,
                titling=self.titling,
                answer_waiting=self.answer_waiting,
                now=now,
                new_id=new_id,
            )
        )
        self._runs.ended.append(self.moderation.ended)
        self._runs.forget = self.moderation.forget_whole
        self._asking = Asking(settings, store, self._turns, now, new_id)
        self._taking_back = TakingBack(store, self._runs, self.forgetting, self.titling, now)
        self.library = Library(
            settings, store, self._turns, self.forgetting, access, self.titling.announce, now, new_id
        )
        self.privacy = Privacy(
            settings, store, self._runs, self.forgetting, self.titling, self.library, opting_out, now
        )
        keeps_none = not settings.store.keep_text
        self.wordless = Wordless(store, self._runs, now) if keeps_none and isinstance(store, Rereading) else None
        days, watch_over = settings.store.retention_days, [self.privacy.look, self.budgets.look]
        if self.wordless is not None:
            watch_over.append(self.wordless.look)
            self._runs.showing.watchers.append(self.wordless.follow)
        self.retention = Retention(store, self.library.let_go, days, now, lambda: not self.running, also=watch_over)
        self.drawing = Drawing()
        self.keys = Keys(store, now, new_id)
        self.spending = Spending(store)
        self.forests = Forests(settings, store, self._runs, self.library, self.titling, self.variants, now, new_id)
        self.happenings = Happenings(store, self._runs, self.titling, self.forests, access)
        self.stateless = Stateless(settings, store, grok, self._turns, self.pausing, opting_out, now, new_id)
        self.watch(self.titling.follow)

    def watch_refused(self, refused: Callable[[WaitingRefused], None]) -> None:
        """`refused` is called for messages that waited for their turn, and are refused when it comes."""
        self._turns.watchers_of_refusals.append(refused)

    def words_from(self, reader: Reader) -> None:
        """Who reads messages of Discord's again, for words that are not, or were not, to be kept here."""
        if isinstance(self._store, Rereading):
            self._store.words_from(reader)

    def watch(self, begun: Callable[[RunningAnswer], None]) -> None:
        """`begun` is called for every answer that is to be shown from now on: that begins, or is to be shown again.

        The latter have ended; `shown_in` says where they stand. `shown_whole` is expected once for each.
        """
        self._runs.showing.watchers.append(begun)

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return self._runs.running

    @property
    def models(self) -> Sequence[str]:
        """Models by name, for people to choose from: the operator's own first, then those that xAI lists."""
        return tuple(dict.fromkeys([self._settings.xai.model, *self.prices.names]))

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What new conversations begin with where nobody chose anything."""
        return {"model": self._settings.xai.model, "mode": self._settings.conversation.mode, "mention_only": False}

    async def open(self, opening: Opening) -> Conversation:
        """Begins an empty conversation."""
        opening = await self._turns.beginnings.opening(opening, None)
        conversation = opened(opening, self._settings, self._new_id(), self._now())
        await self._store.begin_conversation(conversation)
        return conversation

    async def ask(self, question: Question, where: Conversation | Opening) -> RunningAnswer | None:
        """A person's message becomes a turn, or waits for the one under way to end.

        Args:
            question: What was written.
            where: The conversation in which it goes on, or how one begins in a channel that has none.

        Returns:
            The answer that has begun; None where the message waits.

        Raises:
            UserMistake: There is nothing in it to answer.
            NotAllowed: The server's moderators do not want it (`Admitting.admitted` has the kinds); answers are paused,
                or the conversation is locked.
            LimitReached: A limit is used up; nothing of it is kept.
            AlreadyKnown: The same message was taken before.
            StoreTrouble: It could not be written down; nothing of it is kept.
        """
        question.check(None)
        place = where if isinstance(where, Conversation) else where.guild_id
        await self.admitting.asks(question.author, question.person, place, question.text)
        return await self._lanes.decide(self._asking.asked(question, where))

    async def retry(self, response_id: str, presser: Presser) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserMistake: There is nothing to try again.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        return await self._lanes.decide(self._steering.retried(response_id, presser))

    async def go_on(self, response_id: str, author: Author, presser: Presser) -> RunningAnswer:
        """Samples a further answer that goes on where one broke off; what was received stays as it is.

        Raises:
            UserMistake: There is nothing to continue.
            NotAllowed: The person may not, or not now, or the conversation has gone on or is locked.
            StoreTrouble: It could not be written down; nothing has changed.
        """
        return await self._lanes.decide(self._steering.continued(response_id, author, presser))

    async def stop_by(self, response_id: str, presser: Presser) -> None:
        """Ends an answer because somebody wants it to end.

        Raises:
            UserMistake: It has ended already.
            NotAllowed: The person may not.
        """
        running = next((running for running in self.running if running.id == response_id), None)
        await self._stop([await self._steering.check_stop(running, presser)])

    async def stop(self, response_id: str) -> None:
        """Ends an answer under way and its call at xAI, keeping what was received. Does nothing if it has ended."""
        await self._stop([running for running in self.running if running.id == response_id])

    async def check(self, question: Question, guild_id: int | None) -> None:
        """Whether a question could begin a conversation; to be asked before anything is made for it.

        Raises:
            UserMistake: There is nothing in it to answer.
            NotAllowed: As `ask`.
            LimitReached: A limit is used up.
        """
        question.check(None)
        await self.admitting.asks(question.author, question.person, guild_id, question.text, ahead=True)
        async with self.admitting.noting_of(question.author.id, guild_id, question.channel_id):
            await self.budgets.check(question.author.id, guild_id, question.person, question.text)

    async def recover(self) -> Sequence[RunningAnswer]:
        """After a start: gives an end to answers that the last stop cut off, keeping what had been written down.

        Returns:
            Each of them, ended as interrupted, and those that had ended but do not stand in Discord to their end;
            `shown_in` says where they stand.

        Raises:
            StoreTrouble: It could not be found out which they are.
        """
        return await self._recovery.recover()

    async def given_again(self, conversation_id: str, response_ids: Collection[str]) -> Sequence[RunningAnswer]:
        """Those of a conversation's answers of which `not_shown` was said, as a start would give them.

        Empty where they cannot be read; the next start gives them.
        """
        return await self._recovery.again(conversation_id, response_ids)

    async def answer_waiting(self) -> None:
        """After a start: begins the turns of messages that were waiting at the last stop.

        Raises:
            StoreTrouble: It could not be found out which they are.
        """
        await self._lanes.decide(self._recovery.answer_waiting())

    async def check_in_place(self) -> None:
        """Whether the database still lies where it was opened.

        Raises:
            StoreTrouble: It does not; what is begun from now on is kept only until it is closed.
        """
        await self._store.check_in_place()

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them and keeps what they have.

        Messages that arrive meanwhile are written down and answered after the next start.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if self.wordless is not None:
            await self.wordless.close()  # first: its look is a part of retention's
        await self.retention.drain(seconds)
        await self.titling.close()
        await self._runs.drain(max(0.0, until - clock()))
        await self.forgetting.drain(max(0.0, until - clock()))

    def _check_open(self) -> None:
        self.pausing.check()

    async def _stop(self, answers: Sequence[RunningAnswer]) -> None:
        for running in answers:
            self._runs.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()
