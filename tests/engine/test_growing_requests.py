"""Requests as xAI's cache sees them after every operation: each grows at its end only, or the table says why not.

The sandbox counts how much of a prompt it has seen as the beginning of an earlier one of the same `x-grok-conv-id`.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.parts import AttachedFile, AttachmentKind, Detail
from grokbot.conversation.response import Overheard, State, TurnOptions
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox, Script
from grokbot.sandbox.grok_server.answers.tokens import IMAGE_LOW

from .house import ALICE, AS_ALICE, BOB, CALLING_ALICE, CHANNEL, living, opening

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from grokbot.conversation.response import Response

    from .house import House

WORDS = "the gate is open and the garden is green "


def png() -> bytes:
    """A picture of one pixel."""
    pieces = (b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0), b"IDAT" + zlib.compress(b"\0\0"), b"IEND")
    framed = (struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in pieces)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


PICTURE = AttachedFile(
    kind=AttachmentKind.PICTURE, name="a.png", media_type="image/png", size=len(png()), width=1, height=1,
    detail=Detail.LOW, tokens=IMAGE_LOW, channel_id=CHANNEL, message_id=1, attachment_id=6, data=png(),
)  # fmt: skip
FILE = replace(PICTURE, kind=AttachmentKind.FILE, name="a.txt", media_type="text/plain", size=4, data=b"text", tokens=9)
BEFORE = (Overheard(7_000, BOB, datetime(2026, 5, 1, tzinfo=UTC), "who opened the gate?"),)


@dataclass
class Walk:
    """A conversation in which one thing after the other is done."""

    house: House
    answers: dict[str, Response] = field(default_factory=dict)
    last: int = 0
    """Of the last question's message."""

    async def ask(
        self,
        text: str,
        channel: int = CHANNEL,
        attachments: tuple[AttachedFile, ...] = (),
        background: tuple[Overheard, ...] = (),
    ) -> Response:
        held = await self.house.engine.places.conversation_in(channel)
        self.last = next(self.house.numbers)
        asked = Question(
            somebody(ALICE, None), text, self.last, channel, attachments=attachments, background=background
        )
        running = await self.house.engine.turns.ask(asked, held or opening(channel))
        assert running is not None
        return await running.end()

    async def edit(self, text: str) -> Response:
        question = Question(somebody(ALICE, None), text, self.last, CHANNEL)
        running = await self.house.engine.variants.edited(self.last, question)
        assert running is not None
        return await running.end()

    async def again(self, of: str, instruction: str = "") -> Response:
        return await (await self.house.engine.variants.resample(self.answers[of].id, AS_ALICE, instruction)).end()

    async def branch(self, of: str) -> Response:
        await self.house.engine.variants.branch(self.answers[of].id, AS_ALICE, opening(CHANNEL + 1))
        return await self.ask("and in the branch?", CHANNEL + 1)

    async def say(self, text: str, options: TurnOptions) -> Response:
        conversation = await self.house.held()
        running = await self.house.engine.program_turns.say(
            conversation.id, CALLING_ALICE, text, conversation.leaf_id, options
        )
        return await running.end()

    async def expired(self) -> Response:
        self.house.grok.expire_all()
        return await self.ask("still there?")

    async def refused_as_too_long(self) -> Response:
        self.house.grok.script(Script(fail="too_long"))
        return await self.ask("too long?")


@dataclass(frozen=True)
class Step:
    """One operation, and the request that its own continues."""

    name: str
    do: Callable[[Walk], Awaitable[Response]]
    after: str = ""
    why_not: str = ""
    """Why its request begins otherwise."""
    stateless_only: bool = False
    """Whether it does so only where the history is sent: xAI itself may keep it for another model."""
    pictures: int = 0
    """In its prompt: the cache counts text."""


STEPS: Sequence[Step] = (
    Step("first", lambda walk: walk.ask(WORDS * 10), why_not="there is nothing before it"),
    Step("turn", lambda walk: walk.ask("one"), "first"),
    Step("resampled", lambda walk: walk.again("turn"), "turn"),
    Step("instructed", lambda walk: walk.again("resampled", "Be brief."), "resampled"),
    Step("after a variant", lambda walk: walk.ask("two"), "first"),
    Step("edited", lambda walk: walk.edit("two, I mean"), "first"),
    Step("after an edit", lambda walk: walk.ask("three"), "edited"),
    Step("branched", lambda walk: walk.branch("edited"), "edited"),
    Step("background", lambda walk: walk.ask("who?", background=BEFORE), "after an edit"),
    Step("picture", lambda walk: walk.ask("what is it?", attachments=(PICTURE,)), "background", pictures=1),
    Step("file", lambda walk: walk.ask("and this?", attachments=(FILE,)), "picture", pictures=1),
    Step("after a file", lambda walk: walk.ask("so?"), "file", pictures=1),
    Step("expired", lambda walk: walk.expired(), "after a file", pictures=1),
    Step(
        "another model",
        lambda walk: walk.say("you?", TurnOptions(model="grok-4.3")),
        why_not="only the model that sealed its reasoning can read it: another is shown what people saw of it",
        stateless_only=True,
        pictures=1,
    ),
    Step("the model again", lambda walk: walk.ask("four"), "expired", pictures=1),
    Step(
        "another persona",
        lambda walk: walk.say("fun?", TurnOptions(persona="fun")),
        why_not="the system prompt is another, and stands first",
        pictures=1,
    ),
    Step("the persona again", lambda walk: walk.ask("five"), "the model again", pictures=1),
    Step(
        "compacted",
        lambda walk: walk.refused_as_too_long(),
        why_not="xAI refused the prompt as too long: its form of the conversation stands for it",
    ),
    Step("after a compaction", lambda walk: walk.ask("six"), "compacted"),
)


def text_tokens(step: Step, answer: Response) -> int:
    """How much text its prompt had."""
    assert answer.usage is not None
    return answer.usage.prompt_tokens - step.pictures * IMAGE_LOW


def fast(**more: object) -> GrokSandbox:
    return GrokSandbox(replace(GrokRules(tokens_per_second=math.inf, tokens_per_chunk=64), **more))  # type: ignore[arg-type] # a rule


@pytest.mark.parametrize("mode", ["stateless", "stateful"])
async def test_a_request_grows_at_its_end_only_or_there_is_a_reason(file: Path, mode: str) -> None:
    async with fast() as grok, living(grok, file, mode=mode) as house:
        grok.answers_by(lambda _: Script(text="I see.", reasoning="hm"))
        walk, steps = Walk(house), {step.name: step for step in STEPS}
        newest = 0
        for step in STEPS:
            answer = walk.answers[step.name] = await step.do(walk)
            assert (step.name, answer.state) == (step.name, State.DONE)
            assert answer.usage is not None
            cached = answer.usage.cached_prompt_tokens
            if step.after:
                before = text_tokens(steps[step.after], walk.answers[step.after])
                assert (step.name, cached >= before) == (step.name, True)
            else:
                assert step.why_not
                grew = step.stateless_only and mode == "stateful"
                assert (step.name, grew or cached < newest or not newest) == (step.name, True)
            newest = text_tokens(step, answer)


@pytest.mark.parametrize("mode", ["stateless", "stateful"])
async def test_in_twenty_turns_nearly_everything_is_read_from_the_cache(file: Path, mode: str) -> None:
    async with fast() as grok, living(grok, file, mode=mode) as house:
        grok.answers_by(lambda _: Script(text="I see. " * 5, reasoning="hm"))
        walk = Walk(house)
        answers = [await walk.ask(f"What do you make of this? {WORDS * 60}")]
        for turn in range(1, 20):
            attachments = {5: (PICTURE,), 9: (FILE,)}.get(turn, ())
            background = BEFORE if turn == 12 else ()
            answers.append(await walk.ask(f"{turn} and why", attachments=attachments, background=background))
        used = [answer.usage for answer in answers[1:] if answer.usage is not None]
        pictures = sum(1 for turn in range(1, 20) if turn >= 5) * IMAGE_LOW
        cached, prompt = sum(each.cached_prompt_tokens for each in used), sum(each.prompt_tokens for each in used)
        assert len(used) == 19
        assert cached / (prompt - pictures) >= 0.95
