"""Asks Grok for a title: cheaply, within the limits of who pays; before a thread is opened only where that is quick.

Not here: when one is due, and what becomes of it (`titles`), the request's words (`conversation.titles`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError, GrokError, GrokFailure
from grokbot.conversation.response import Response, Sender, State
from grokbot.conversation.titles import cleaned_title, title_prompt
from grokbot.engine.admission import opened
from grokbot.policy.budgets import in_dollars
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from grokbot.conversation.history import Prompt
    from grokbot.conversation.response import Conversation
    from grokbot.engine.admission import Admission, Opening, TurnTerms
    from grokbot.engine.budgets import SideRequests, Taken
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

MAX_TOKENS = 1_000
"""For one title: sixty characters are a few tokens, the rest is for a model that always thinks first."""

SOON_SECONDS = 1.0
"""How long the opening of a thread waits for its title."""

SLOW_SECONDS = 1800.0
"""How long it does not, after a model took longer than that, or failed."""

UNNAMED = (GrokFailure.EMPTY, GrokFailure.REFUSED)
"""Failures that are about the question, not the model."""

SOON_AT_ONCE = 8
"""Openings that wait at the same time; more are a herd, which waits long enough."""


class TitleRequests:
    """One for the process.

    Args:
        context: Settings, clock, ids and Grok.
        admission: Notes refusals.
        side_requests: Who pays for one.
        terms: The rules of a server's moderators.
    """

    def __init__(self, context: Context, admission: Admission, side_requests: SideRequests, terms: TurnTerms) -> None:
        self._admission = admission
        self._side_requests = side_requests
        self._terms = terms
        self._grok = context.grok
        self._now, self._context = context.now, context
        self._soon = 0
        """Openings that wait for a title."""
        self._slow: dict[str, float] = {}
        """Models that were not fast enough, and until when, on the loop's clock, that counts."""

    async def soon(self, question: str, opening: Opening) -> Opening:
        """The opening with a title for its thread, of the first question; without one if that would take long.

        Args:
            question: What is asked. It was admitted.
            opening: Where the conversation is about to begin: its owner pays, as for every title.

        Raises:
            StoreError: The settings of the place could not be read.
        """
        if self._soon >= SOON_AT_ONCE:
            return opening
        begins = opened(await self._terms.opening(opening, None), self._context.settings, "", self._now())
        clock = asyncio.get_running_loop().time
        if self._slow.get(begins.model, 0.0) > clock():
            return opening
        self._soon += 1
        try:
            title = await self.asked(begins, [_first(question, begins)], None, seconds=SOON_SECONDS)
            return replace(opening, title=title)
        except (GrokbotError, NotStoredError, TimeoutError) as error:
            log.info("title.not_soon error=%s", type(error).__name__)
            if isinstance(error, TimeoutError) or (isinstance(error, GrokError) and error.kind not in UNNAMED):
                slow = {model: until for model, until in self._slow.items() if until > clock()}  # people name models
                self._slow = {**slow, begins.model: clock() + SLOW_SECONDS}
            return opening
        finally:
            self._soon -= 1

    async def asked(
        self,
        conversation: Conversation,
        path: Sequence[Response],
        actor: Actor | None,
        *,
        seconds: float | None = None,
    ) -> str | None:
        """A title for `path`; None if it holds no text.

        Args:
            conversation: Whose model writes it.
            path: What it is made of.
            actor: Who wants it and pays; None: nobody asked, and the conversation's owner pays.
            seconds: How long Grok may take. Nothing else is cut off: a reservation would then never be settled.

        Raises:
            TimeoutError: Grok takes longer.
            GrokError: There is none, or the reply holds no title.
            PausedError: That server is paused.
            LimitReachedError, NotAllowedError: A limit is used up.
        """
        prompt = title_prompt(path)
        if prompt is None:
            return None
        await self._terms.check_open(conversation.guild_id)
        async with self._paid(conversation, prompt, actor) as taken:
            async with asyncio.timeout(seconds):
                completion = await self._grok.complete(
                    replace(prompt, person=taken.person), conversation, max_tokens=MAX_TOKENS
                )
            taken.usage = completion.usage
        log.info("title.written conversation=%s dollars=%.6f", conversation.id or "new", in_dollars(completion.usage))
        title = cleaned_title(completion.text)
        if title is None:
            raise GrokError(GrokFailure.EMPTY, "no title in it")
        if await self._terms.hides(conversation.guild_id, title):
            raise GrokError(GrokFailure.EMPTY, "a filter does not let it through")
        return title

    @asynccontextmanager
    async def _paid(self, conversation: Conversation, prompt: Prompt, actor: Actor | None) -> AsyncIterator[Taken]:
        """Wraps the request. A refusal is noted only if a person asked for the title."""
        async with AsyncExitStack() as stack:
            if actor is None:
                paying = self._side_requests.paid(conversation, prompt, MAX_TOKENS, conversation.owner_id, None)
                taken = await stack.enter_async_context(paying)
            else:
                async with self._admission.noting_of(actor.id, conversation.guild_id, conversation.channel_id):
                    paying = self._side_requests.paid(conversation, prompt, MAX_TOKENS, actor.id, actor)
                    taken = await stack.enter_async_context(paying)
            yield taken


def _first(question: str, begins: Conversation) -> Response:
    """A question that is not stored yet."""
    return Response(
        id="",
        conversation_id=begins.id,
        parent_id=None,
        sender=Sender.HUMAN,
        state=State.DONE,
        created_at=begins.created_at,
        message=question,
    )
