"""A thread of two turns, and short ways to say something in it from elsewhere than Discord.

Not here: what is proved with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import AS_THE_CONVERSATION
from grokbot.sandbox.grok_server import Script

from .house import CALLING_ALICE, CHANNEL
from .wall import Wall

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response, TurnOptions

    from .house import House


@dataclass
class Talk:
    """A thread with q1 a1 q2 a2, asked by alice; people's messages are 1 and 3, the answers' 2 and 4."""

    house: House
    wall: Wall
    first: Response
    second: Response

    @property
    def id(self) -> str:
        return self.first.conversation_id

    @property
    def asked_first(self) -> str:
        return str(self.first.parent_id)

    @property
    def asked_second(self) -> str:
        return str(self.second.parent_id)

    async def say(
        self, text: str, under: str | None, answer: str = "", options: TurnOptions = AS_THE_CONVERSATION
    ) -> Response:
        self.house.grok.script(Script(text=answer or f"re: {text}"))
        running = await self.house.engine.program_turns.say(self.id, CALLING_ALICE, text, under, options)
        return await running.end()

    async def conversation(self) -> Conversation:
        conversation = await self.house.store.conversations.get(self.id)
        assert conversation is not None
        return conversation

    async def stands(self, *lines: str) -> None:
        assert await self.wall.shows() == list(lines)
        await self.wall.check(CHANNEL)


async def begun(house: House) -> Talk:
    wall = Wall(house)
    answers = []
    for text in ("q1", "q2"):
        house.grok.script(Script(text=text.replace("q", "a")))
        answers.append(await (await house.begin(text)).end())
        await wall.still()
    return Talk(house, wall, *answers)
