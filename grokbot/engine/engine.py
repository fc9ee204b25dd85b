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
    Admission,
    Membership,
    Notices,
    Opening,
    OptOuts,
    RulesCache,
    TurnTerms,
    opened,
)
from grokbot.engine.budgets import Budgets, ChartRenderer, PriceList, SideRequests, Spending
from grokbot.engine.deletion import Retention, TextRemoval, XaiDeletion
from grokbot.engine.library import Library, MessagePlaces, Titles, Withdrawal
from grokbot.engine.moderation import Moderation, Tools
from grokbot.engine.privacy import Privacy
from grokbot.engine.programs import ApiKeys, ConversationWatch, ProgramConversations, ProgramTurns, StatelessAnswers
from grokbot.engine.turns import AnswerLookup, Pauses, Question, Questions, Recovery, Sampler, Turns
from grokbot.engine.variants import AnswerControls, Variants
from grokbot.store import AlreadyKnownError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from grokbot.engine.deletion import DroppedTexts, Reader
    from grokbot.engine.turns import RunningAnswer, WaitingRefused
    from grokbot.policy.actor import Actor
    from grokbot.settings import Settings
    from grokbot.store import Store
    from grokbot.xai.client import GrokClient

log = logging.getLogger(__name__)

__all__ = ["AlreadyKnownError", "Engine", "Question"]


class Engine(MessagePlaces):
    """One for the process.

    Args:
        settings: What new conversations begin with.
        store: Where everything is kept.
        grok: The client of xAI.
        now: The clock, in UTC.
        new_id: Makes ids that sort by time.
        texts: Reads dropped texts again, where the store was opened with it.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        grok: GrokClient,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        texts: DroppedTexts | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._texts = texts
        self._now = now
        self._new_id = new_id
        self.prices = PriceList(grok, settings.xai.model)
        self.budgets = Budgets(settings.limits, settings.xai.model, store, self.prices, now, new_id)
        self.notices = Notices()
        self.budgets.happened = self.notices.tell
        rules = RulesCache(store, now)
        terms = TurnTerms(rules)
        opt_outs = OptOuts(store, now)
        self.admission = Admission(store, rules, terms, self._check_open, self.notices, opt_outs, now, new_id)
        sampler = Sampler(store, grok, now)
        self._turns = Turns(store, sampler, now, new_id, self.budgets, terms, self.admission)
        self._runner = self._turns.runner
        self._locks = self._runner.locks
        self.unsaved_facts = self._runner.unsaved_facts
        lookup = AnswerLookup(store, self._runner, everyone=settings.conversation.steering == "everyone")
        self._answers = AnswerControls(store, self._turns, lookup)
        self.variants = Variants(store, self._turns, lookup, now, new_id)
        self.membership = Membership()
        access = Access(store, self.membership)
        self.program_turns = ProgramTurns(settings, store, self._turns, lookup, access, opt_outs, now)
        self._recovery = Recovery(store, self._turns, now)
        self.xai_deletion = XaiDeletion(store, grok)
        self.pauses = Pauses(store, self._runner, now, self.answer_waiting)
        side_requests = SideRequests(store, self.budgets, now, new_id)
        self.titles = Titles(
            settings.conversation, store, grok, self.pauses, self.admission, side_requests, terms, access
        )
        self.moderation = Moderation(
            Tools(
                store=store,
                rules=rules,
                notices=self.notices,
                runner=self._runner,
                xai_deletion=self.xai_deletion,
                titles=self.titles,
                answer_waiting=self.answer_waiting,
                now=now,
                new_id=new_id,
            )
        )
        self._runner.ended.append(self.moderation.ended)
        self._runner.forget = self.moderation.forget_whole
        self._questions = Questions(settings, store, self._turns, now, new_id)
        self._withdrawal = Withdrawal(store, self._runner, self.xai_deletion, self.titles, now)
        self.library = Library(
            settings, store, self._turns, self.xai_deletion, access, self.titles.announce, now, new_id
        )
        self.privacy = Privacy(
            settings, store, self._runner, self.xai_deletion, self.titles, self.library, opt_outs, now
        )
        keeps_none = not settings.store.keep_text
        self.text_removal = TextRemoval(store, texts, self._runner, now) if keeps_none and texts is not None else None
        days, watch_over = settings.store.retention_days, [self.privacy.look, self.budgets.look]
        if self.text_removal is not None:
            watch_over.append(self.text_removal.look)
            self._runner.display.watchers.append(self.text_removal.follow)
        self.retention = Retention(store, self.library.let_go, days, now, lambda: not self.running, also=watch_over)
        self.charts = ChartRenderer()
        self.api_keys = ApiKeys(store, now, new_id)
        self.spending = Spending(store)
        self.program_conversations = ProgramConversations(
            settings, store, self._runner, self.library, self.titles, self.variants, now, new_id
        )
        self.conversation_watch = ConversationWatch(
            store, self._runner, self.titles, self.program_conversations, access
        )
        self.stateless = StatelessAnswers(settings, store, grok, self._turns, self.pauses, opt_outs, now, new_id)
        self.watch(self.titles.follow)

    def watch_refused(self, refused: Callable[[WaitingRefused], None]) -> None:
        """`refused` is called for messages that waited for their turn, and are refused when it comes."""
        self._turns.watchers_of_refusals.append(refused)

    def words_from(self, reader: Reader) -> None:
        """Who reads messages of Discord's again, for words that are not, or were not, to be kept here."""
        if self._texts is not None:
            self._texts.words_from(reader)

    def watch(self, begun: Callable[[RunningAnswer], None]) -> None:
        """`begun` is called for every answer that is to be shown from now on: that begins, or is to be shown again.

        The latter have ended; `shown_in` says where they stand. `shown_whole` is expected once for each.
        """
        self._runner.display.watchers.append(begun)

    @property
    def running(self) -> Sequence[RunningAnswer]:
        """The answers under way."""
        return self._runner.running

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
        opening = await self._turns.terms.opening(opening, None)
        conversation = opened(opening, self._settings, self._new_id(), self._now())
        await self._store.conversations.add(conversation)
        return conversation

    async def ask(self, question: Question, where: Conversation | Opening) -> RunningAnswer | None:
        """A person's message becomes a turn, or waits for the one under way to end.

        Args:
            question: What was written.
            where: The conversation in which it goes on, or how one begins in a channel that has none.

        Returns:
            The answer that has begun; None where the message waits.

        Raises:
            UserError: There is nothing in it to answer.
            NotAllowedError: The server's moderators do not want it (`Admission.admitted` has the kinds); answers are
                paused, or the conversation is locked.
            LimitReachedError: A limit is used up; nothing of it is kept.
            AlreadyKnownError: The same message was taken before.
            StoreError: It could not be written down; nothing of it is kept.
        """
        question.check(None)
        place = where if isinstance(where, Conversation) else where.guild_id
        await self.admission.asks(question.actor, place, question.text)
        return await self._locks.decide(self._questions.asked(question, where))

    async def retry(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Samples another answer in place of one that failed or broke off.

        Raises:
            UserError: There is nothing to try again.
            NotAllowedError: The person may not, or not now, or the conversation has gone on or is locked.
            StoreError: It could not be written down; nothing has changed.
        """
        return await self._locks.decide(self._answers.retried(response_id, actor))

    async def go_on(self, response_id: str, actor: Actor) -> RunningAnswer:
        """Samples a further answer that goes on where one broke off; what was received stays as it is.

        Raises:
            UserError: There is nothing to continue.
            NotAllowedError: The person may not, or not now, or the conversation has gone on or is locked.
            StoreError: It could not be written down; nothing has changed.
        """
        return await self._locks.decide(self._answers.continued(response_id, actor))

    async def stop_by(self, response_id: str, actor: Actor) -> None:
        """Ends an answer because somebody wants it to end.

        Raises:
            UserError: It has ended already.
            NotAllowedError: The person may not.
        """
        running = next((running for running in self.running if running.id == response_id), None)
        await self._stop([await self._answers.check_stop(running, actor)])

    async def stop(self, response_id: str) -> None:
        """Ends an answer under way and its call at xAI, keeping what was received. Does nothing if it has ended."""
        await self._stop([running for running in self.running if running.id == response_id])

    async def check(self, question: Question, guild_id: int | None) -> None:
        """Whether a question could begin a conversation; to be asked before anything is made for it.

        Raises:
            UserError: There is nothing in it to answer.
            NotAllowedError: As `ask`.
            LimitReachedError: A limit is used up.
        """
        question.check(None)
        await self.admission.asks(question.actor, guild_id, question.text, ahead=True)
        async with self.admission.noting_of(question.actor.id, guild_id, question.channel_id):
            await self.budgets.check(question.actor, guild_id, question.text)

    async def recover(self) -> Sequence[RunningAnswer]:
        """After a start: gives an end to answers that the last stop cut off, keeping what had been written down.

        Returns:
            Each of them, ended as interrupted, and those that had ended but do not stand in Discord to their end;
            `shown_in` says where they stand.

        Raises:
            StoreError: It could not be found out which they are.
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
            StoreError: It could not be found out which they are.
        """
        await self._locks.decide(self._recovery.answer_waiting())

    async def check_in_place(self) -> None:
        """Whether the database still lies where it was opened.

        Raises:
            StoreError: It does not; what is begun from now on is kept only until it is closed.
        """
        await self._store.file.check_in_place()

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them and keeps what they have.

        Messages that arrive meanwhile are written down and answered after the next start.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if self.text_removal is not None:
            await self.text_removal.close()  # first: its look is a part of retention's
        await self.retention.drain(seconds)
        await self.titles.close()
        await self._runner.drain(max(0.0, until - clock()))
        await self.xai_deletion.drain(max(0.0, until - clock()))

    def _check_open(self) -> None:
        self.pauses.check()

    async def _stop(self, answers: Sequence[RunningAnswer]) -> None:
        for running in answers:
            self._runner.end_early(running, State.STOPPED)
        for running in answers:
            await running.end()
