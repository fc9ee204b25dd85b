"""The engine: every rule of who may do what and when, composed of parts that are reached by name.

Not here: the work of the parts, Discord, SQL, xAI's wire.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grokbot.engine.admission import Access, Admission, OptOuts, Personas, RulesCache, TurnTerms
from grokbot.engine.budgets import Budgets, ChartRenderer, PriceList, SideRequests, Spending
from grokbot.engine.deletion import Retention, TextRemoval
from grokbot.engine.library import Backlog, Images, Library, MessagePlaces, StuckAnswers, Summaries, Titles, Withdrawal
from grokbot.engine.moderation import Moderation
from grokbot.engine.privacy import Privacy
from grokbot.engine.programs import (
    ApiKeys,
    ConversationWatch,
    ProgramConversations,
    ProgramTurns,
    StatelessAnswers,
    Uploads,
)
from grokbot.engine.prompts import Compactor, ImageAnswers, PromptAttachments
from grokbot.engine.turns import AnswerLookup, Pauses, Recovery, Sampler, TurnQueue, Turns
from grokbot.engine.variants import AnswerControls, InsertionPoints, ShownPath, Variants
from grokbot.engine.xai_deletion import XaiDeletion

if TYPE_CHECKING:
    from grokbot.engine.admission import Membership
    from grokbot.engine.context import Context
    from grokbot.engine.deletion import DroppedTexts


class Engine:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        membership: Who sees which place in Discord.
        texts: Reads dropped texts again, if the store was opened with it.
    """

    def __init__(self, context: Context, membership: Membership, texts: DroppedTexts | None = None) -> None:
        self.context = context
        self.events = context.events
        self.membership = membership
        self.charts = ChartRenderer()
        self.api_keys = ApiKeys(context)
        self.spending = Spending(context)
        self.prices = PriceList(context.grok, lambda: context.settings.xai.model)
        self.budgets = Budgets(context, self.prices)
        self.xai_deletion = XaiDeletion(context)

        rules, opt_outs, access = RulesCache(context), OptOuts(context), Access(context, membership)
        self.personas = Personas(context.settings.conversation.personas_dir, rules)
        terms = TurnTerms(rules, self.personas)

        def check_open() -> None:
            self.pauses.check()

        self.admission = Admission(context, rules, terms, check_open, opt_outs)
        again = texts.attached_again if texts is not None else None
        attachments = PromptAttachments(context, self.prices.sees, again)
        side_requests = SideRequests(context, self.budgets)
        compactor = Compactor(context, self.prices, side_requests, attachments)
        sampler = Sampler(context, attachments, compactor, ImageAnswers(context, self.prices.of_image))
        self._queue = queue = TurnQueue(context, self.xai_deletion, self.budgets, terms, self.admission, sampler)
        self.turns = Turns(context, queue)
        self.runner = runner = queue.runner
        self.recovery = Recovery(context, queue)
        self.pauses = Pauses(context, runner, self.recovery.answer_waiting)
        self.places = MessagePlaces(context, runner)
        self.backlog = Backlog(context, runner)
        self.stuck = StuckAnswers(context, runner, self.recovery)

        points = InsertionPoints(context, queue, AnswerLookup(context, runner, access))
        path = ShownPath(context, queue)
        self.answers = AnswerControls(context, queue, points)
        self.variants = Variants(context, queue, points, path)

        self.titles = Titles(context, self.pauses, self.admission, side_requests, terms, access)
        self.images = Images(context, self.admission, terms, side_requests, self.prices)
        self.summaries = Summaries(context, self.admission, terms, self.budgets, side_requests)
        self.library = Library(context, queue, self.xai_deletion, access)
        self.withdrawal = Withdrawal(context, runner, self.xai_deletion, self.titles)
        self.privacy = Privacy(
            context, runner, self.xai_deletion, self.titles, self.library, access, opt_outs, self.withdrawal
        )
        self.moderation = Moderation(
            context, rules, self.personas, runner, self.xai_deletion, self.titles, self.recovery.answer_waiting
        )

        self.program_turns = ProgramTurns(context, queue, points, path)
        self.uploads = Uploads()
        self.program_conversations = ProgramConversations(context, runner, access, self.library)
        self.conversation_watch = ConversationWatch(context, runner, self.program_conversations, access)
        self.stateless = StatelessAnswers(context, queue, self.pauses)

        keeps_none = not context.settings.store.keep_text
        self.text_removal = TextRemoval(context, texts, runner) if keeps_none and texts is not None else None
        due = [self.privacy.look, self.budgets.look, *([self.text_removal.look] if self.text_removal else [])]
        self.retention = Retention(context, self.library.let_go, lambda: not runner.running, also=due)

    async def drain(self, seconds: float) -> None:
        """Begins no more turns, lets running answers end for `seconds`, then ends them with their text so far.

        Messages that arrive meanwhile are stored and answered after the next start.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if self.text_removal is not None:
            await self.text_removal.close()  # first: its look is a part of retention's
        await self.retention.drain(seconds)
        await self.titles.close()
        left = max(0.0, until - clock())
        await asyncio.gather(self.images.drain(left), self.runner.drain(left))
        await self.xai_deletion.drain(max(0.0, until - clock()))
