"""Compaction: what the model is shown instead of the earlier part of a conversation that nears the model's context.

xAI makes it where it can; else the cheapest model writes a summary. Nothing stored is changed, and each compaction
belongs to the answer up to which it holds, so that branches from before see what was said. Not here: how a prompt
begins with one (`conversation.history`), when a turn asks for one (`turns.sampler`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.history import ELSEWHERE, Prompt, PromptMessage, Role, are_elsewhere, messages_of
from grokbot.conversation.options import model_of
from grokbot.conversation.records.compaction import SUMMARY_TOKENS, TASK, Compaction, after, record_of
from grokbot.conversation.response import Sender
from grokbot.policy.budgets import tokens_of, tokens_said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grokbot.conversation.draft import Completion
    from grokbot.conversation.response import Conversation, Response, TurnOptions
    from grokbot.engine.budgets import PriceList, SideRequests
    from grokbot.engine.context import Context
    from grokbot.engine.prompts.attachments import PromptAttachments

log = logging.getLogger(__name__)

DUE_AT = 0.8
"""Of a model's context: a longer prompt is made shorter before it is sent."""

AS_SAID = 0.2
"""Of the prompt: so much of the newest messages stays as it was said."""

SURE = 0.75
"""Estimates of tokens are high ones: so much of one is certain."""

UNKNOWN_CONTEXT = 128_000
"""Tokens, for a model that xAI does not list: less than any that it offers."""

PARTS = 8
"""Requests for one compaction at most; only of imports there is more, whose beginning is then left out."""

SUMMARY_SECONDS = 300.0

NOT_OFFERED = frozenset({GrokFailure.BAD_REQUEST, GrokFailure.UNKNOWN_MODEL})
"""What xAI says where it does not compact for a model."""

NOT_THIS = NOT_OFFERED | {GrokFailure.SEALED, GrokFailure.EMPTY, GrokFailure.TOO_LONG}
"""What it says where it cannot compact these messages; a summary then replaces it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A compaction to make."""

    path: Sequence[Response]
    """Root to leaf, with all its words."""
    conversation: Conversation
    options: TurnOptions
    """Of the turn that asks for it."""
    earlier: Compaction | None
    """One that the path begins with already: the new one is made of it."""
    payer_id: int

    @property
    def model(self) -> str:
        """The model that has to read it."""
        return model_of(self.conversation, self.options)


class Compactor:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        prices: What models cost, and how much they read.
        side_requests: Who pays for one.
        attachments: Loads what people attached.
    """

    def __init__(
        self, context: Context, prices: PriceList, side_requests: SideRequests, attachments: PromptAttachments
    ) -> None:
        self._attachments = attachments
        self._grok = context.grok
        self._now = context.now
        self._prices = prices
        self._side_requests = side_requests
        self._cannot: set[str] = set()
        """Models for which xAI has refused to compact."""

    def due(self, path: Sequence[Response], compaction: Compaction | None, model: str) -> bool:
        """Whether a prompt would come too near to what the model reads.

        Args:
            path: Root to leaf.
            compaction: What it begins with.
            model: The one that is asked.
        """
        listed = self._prices.listed(model)
        return listed is not None and listed.context > 0 and prompt_tokens(path, compaction) > listed.context * DUE_AT

    async def make(self, wanted: Wanted) -> Compaction | None:
        """Makes one, without keeping it. None if there is nothing to shorten, or its words can no longer be read.

        Raises:
            GrokError: Neither xAI's form nor a summary could be made.
            LimitReachedError, NotAllowedError: The person who pays may not.
            StoreError: Its cost could not be reserved.
        """
        shown = after(wanted.path, wanted.earlier)
        point = cut(shown, round(prompt_tokens(wanted.path, wanted.earlier) * AS_SAID))
        if point is None or are_elsewhere(shown[: point + 1]):
            return None
        if sum(map(_length, shown[point + 1 :])) * SURE > self._context(wanted.model):
            return None  # what is asked now is too long in itself
        head, answer = shown[: point + 1], shown[point]
        sealed = None
        if wanted.model not in self._cannot and (wanted.earlier is None or wanted.earlier.model):
            sealed = await self._sealed(wanted, head, round(self._context(wanted.model) * DUE_AT))
        if sealed is None and wanted.earlier is not None and wanted.earlier.model:  # no summary can be made of that
            head = wanted.path[: wanted.path.index(answer) + 1]
        content = sealed if sealed is not None else await self._summary(wanted, head)
        log.info("compaction.made up_to=%s responses=%d sealed=%s", answer.id, len(head), sealed is not None)
        return Compaction(
            response_id=answer.id,
            conversation_id=answer.conversation_id,
            model="" if sealed is None else wanted.model,
            content=content.text,
            tokens=content.usage.completion_tokens or tokens_of(content.text),
            created_at=self._now(),
        )

    async def _sealed(self, wanted: Wanted, head: Sequence[Response], room: int) -> Completion | None:
        """The form that xAI makes; None if it makes none for this model."""
        so_far = wanted.earlier.content if wanted.earlier is not None else ""
        made: Completion | None = None
        for part in _parts(head, room, _length):
            before = (PromptMessage(Role.USER, "", compacted=so_far),) if so_far else ()
            said = Prompt((*before, *messages_of(part, wanted.conversation, wanted.options)))
            if not said.messages:
                continue
            shown = await self._attachments.loaded(said, wanted.model, self._attachments.known(wanted.model))
            speaking = replace(wanted.conversation, model=wanted.model)
            paying = self._side_requests.paid(speaking, shown, SUMMARY_TOKENS, wanted.payer_id, None)
            try:
                async with paying as taken:
                    made = await self._grok.compact(shown.messages, wanted.model)
                    taken.usage = made.usage
            except GrokError as trouble:
                if trouble.kind not in NOT_THIS:
                    raise
                if trouble.kind in NOT_OFFERED:
                    self._cannot.add(wanted.model)
                log.info("compaction.refused model=%s kind=%s code=%s", wanted.model, trouble.kind, trouble.code)
                return None
            so_far = made.text
        return made

    async def _summary(self, wanted: Wanted, head: Sequence[Response]) -> Completion:
        """A summary in words, by the cheapest model, part by part; each part's is made of the one before it."""
        earlier = wanted.earlier.content if wanted.earlier is not None and not wanted.earlier.model else ""
        model = self._prices.cheapest() or wanted.model
        speaking = replace(wanted.conversation, model=model)
        made: Completion | None = None
        room = max(round(self._context(model) * DUE_AT) - SUMMARY_TOKENS * 2, SUMMARY_TOKENS)
        for part in _parts(head, room, _words_length):
            said = [(_writer(response), response.message[:room]) for response in part if _speaks(response)]
            record = record_of(earlier, said)
            prompt = Prompt((PromptMessage(Role.SYSTEM, TASK), PromptMessage(Role.USER, record)))
            async with self._side_requests.paid(speaking, prompt, SUMMARY_TOKENS, wanted.payer_id, None) as taken:
                made = await self._grok.complete(
                    replace(prompt, person=taken.person), speaking, max_tokens=SUMMARY_TOKENS, seconds=SUMMARY_SECONDS
                )
                taken.usage = made.usage
            earlier = made.text
        if made is None:
            raise GrokError(GrokFailure.TOO_LONG, "nothing to summarise")
        return made

    def _context(self, model: str) -> int:
        listed = self._prices.listed(model)
        return listed.context if listed is not None and listed.context else UNKNOWN_CONTEXT


def prompt_tokens(path: Sequence[Response], compaction: Compaction | None) -> int:
    """Tokens of the request for a path, estimated; xAI's own count of the nearest answer covers all above it.

    An answer with searches does not tell: its usage adds up several requests.
    """
    tokens = 0
    for response in reversed(path):
        if compaction is not None and response.id == compaction.response_id:
            return tokens + compaction.tokens
        used = response.usage if compaction is None or compaction.stands_for(response) else None
        if response.sender is Sender.MODEL and used is not None and used.prompt_tokens and not used.tool_calls:
            return tokens + used.prompt_tokens + used.completion_tokens + used.reasoning_tokens
        tokens += _length(response)
    return tokens


def cut(shown: Sequence[Response], keep: int) -> int | None:
    """Where to cut: the first answer below which at most `keep` tokens were said, or the last of all.

    Returns:
        Its index; None if there is no answer.
    """
    tokens, found = 0, None
    for index in range(len(shown) - 1, -1, -1):
        if found is not None and tokens > keep:
            break
        if shown[index].answered:
            found = index
        tokens += _length(shown[index])
    return found


def _parts(head: Sequence[Response], room: int, length: Callable[[Response], int]) -> Iterator[Sequence[Response]]:
    """The responses in parts of so many tokens, in order; a longer response is a part of its own."""
    parts: list[list[Response]] = [[]]
    tokens = 0
    for response in head:
        tokens += length(response)
        if tokens > room and parts[-1]:
            parts.append([])
            tokens = length(response)
        parts[-1].append(response)
    yield from parts[-PARTS:]


def _length(response: Response) -> int:
    """Tokens of a response in a request."""
    thought = response.usage.reasoning_tokens if response.usage is not None else 0
    beside = sum(each.tokens for each in response.attachments)
    beside += sum(tokens_said(each.text) for each in response.background)
    return tokens_said(response.message) + thought + beside if response.message or beside else 0


def _words_length(response: Response) -> int:
    return tokens_said(response.message)


def _writer(response: Response) -> str:
    return response.author.name if response.author is not None else "Grok"


def _speaks(response: Response) -> bool:
    return bool(response.message.strip()) and not response.erased and response.message != ELSEWHERE
