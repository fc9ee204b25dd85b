"""Each method and property of `Conversation` and `Response` in the SDK of 2024 has its counterpart in the engine.

Its words stand in the table; how the engine says it stands in the function beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.engine.turns import Question, RunningAnswer
from grokbot.sandbox.grok_server import Script
from tests.conversation.forest import children

from .house import ALICE, AS_ALICE, CALLING_ALICE, CHANNEL, opening
from .wall import Wall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.conversation.response import Conversation

    from .house import House


@dataclass
class Documented:
    """A conversation of two turns, q1 a1 q2 a2; the messages of people have the numbers 1 and 3."""

    house: House
    wall: Wall
    first: Response
    second: Response

    async def conversation(self) -> Conversation:
        return await self.house.held()

    async def forest(self) -> tuple[Response, ...]:
        return await self.house.store.responses.forest((await self.conversation()).id)

    async def sampled(self, text: str) -> Response:
        """One more variant of the last answer."""
        self.house.grok.script(Script(text=text))
        return await (await self.house.engine.variants.resample(self.second.id, AS_ALICE)).end()


@pytest.fixture
async def told(house: House) -> Documented:
    wall = Wall(house)
    answers = []
    for text in ("q1", "q2"):
        house.grok.script(Script(text=text.replace("q", "a")))
        answers.append(await (await house.begin(text)).end())
        await wall.still()
    return Documented(house, wall, *answers)


async def create_conversation(told: Documented) -> None:
    made = await told.house.engine.turns.open(opening(CHANNEL + 1))
    assert (made.leaf_id, made.title) == (None, "")


async def get_conversation(told: Documented) -> None:
    conversation = await told.conversation()
    assert await told.house.store.conversations.get(conversation.id) == conversation


async def list_conversations(told: Documented) -> None:
    page = await told.house.engine.library.listed(ALICE.id)
    assert [entry.conversation.id for entry in page.entries] == [(await told.conversation()).id]


async def conversation_id(told: Documented) -> None:
    assert (await told.conversation()).id == told.first.conversation_id


async def set_title(told: Documented) -> None:
    await told.house.engine.library.title((await told.conversation()).id, "Given", AS_ALICE)
    assert (await told.conversation()).title == "Given"


async def generate_title(told: Documented) -> None:
    title = await told.house.engine.titles.write((await told.conversation()).id, AS_ALICE)
    assert 0 < len(title) <= 60
    assert (await told.conversation()).title == title


async def create_time(told: Documented) -> None:
    made = (await told.conversation()).created_at
    assert made <= told.first.created_at <= told.second.created_at <= datetime.now(UTC)


async def star(told: Documented) -> None:
    library, conversation = told.house.engine.library, await told.conversation()
    assert await library.stars.add(conversation.id, ALICE.id)
    assert (await library.info(conversation.id, AS_ALICE)).starred
    assert await library.stars.remove(conversation.id, ALICE.id)
    assert not (await library.info(conversation.id, AS_ALICE)).starred


async def load(told: Documented) -> None:
    assert [response.message for response in await told.forest()] == ["q1", "a1", "q2", "a2"]


async def delete(told: Documented) -> None:
    conversation = await told.conversation()
    await told.house.engine.library.delete(conversation.id, AS_ALICE)
    assert await told.house.store.conversations.get(conversation.id) is None
    with pytest.raises(UserError):
        await told.house.engine.variants.resample(told.second.id, AS_ALICE)


async def add_response(told: Documented) -> None:
    told.house.grok.script(Script(text="a3"))
    running = await told.house.begin("q3")
    assert (await running.end()).message == running.snapshot().text == "a3"
    assert await told.house.path() == ["q1", "a1", "q2", "a2", "q3", "a3"]


async def add_response_elsewhere(told: Documented) -> None:
    growing, script = told.house.engine.program_turns, Script(text="b")
    for leaf, path in (
        (told.first.id, ["q1", "a1", "b?", "b"]),
        (told.second.parent_id, ["q1", "a1", "q2", "b?", "b"]),
        (None, ["b?", "b"]),
    ):
        told.house.grok.script(script)
        running = await growing.say(told.first.conversation_id, CALLING_ALICE, "b?", leaf)
        answer = await running.end()
        assert running.asked.last is not None
        assert (running.asked.last.message, answer.message, answer.parent_id) == ("b?", "b", running.asked.last.id)
        assert await told.house.path() == path
    await told.wall.check(CHANNEL)


async def root_responses(told: Documented) -> None:
    await edited(told, 1, "other q1")
    assert [response.message for response in children(await told.forest(), None)] == ["q1", "other q1"]


async def get_response(told: Documented) -> None:
    assert await told.house.kept(told.first.id) == told.first
    assert told.first in await told.forest()
    assert await told.house.store.responses.get("unknown") is None


async def get_children(told: Documented) -> None:
    await told.sampled("other a2")
    below = children(await told.forest(), told.second.parent_id)
    assert [response.message for response in below] == ["a2", "other a2"]


async def set_leaf_response_id(told: Documented) -> None:
    other = await told.sampled("other a2")
    assert (await told.conversation()).leaf_id == other.id
    await told.house.engine.variants.select(other.id, AS_ALICE, -1)
    assert (await told.conversation()).leaf_id == told.second.id
    for leaf in (told.first, other, told.second):
        await told.house.engine.variants.lead_to(leaf.id, CALLING_ALICE)
        assert (await told.conversation()).leaf_id == leaf.id
        await told.wall.check(CHANNEL)


async def replace_of_a_person(told: Documented) -> None:
    await edited(told, 3, "other q2")
    assert await told.house.path() == ["q1", "a1", "other q2", "re: other q2"]
    assert len(await told.forest()) == 6
    told.house.grok.script(Script(text="re: third q2"))
    running = await told.house.engine.program_turns.replaced(str(told.second.parent_id), CALLING_ALICE, "third q2")
    assert isinstance(running, RunningAnswer)
    await running.end()
    assert await told.house.path() == ["q1", "a1", "third q2", "re: third q2"]
    assert len(await told.forest()) == 8


async def replace_of_the_model(told: Documented) -> None:
    by_hand = await told.house.engine.program_turns.replaced(told.first.id, AS_ALICE, "by hand")
    assert isinstance(by_hand, Response)
    assert by_hand.manual
    assert await told.house.path() == ["q1", "by hand"]
    assert await told.wall.shows() == ["by hand", "aside 1/2"]
    await told.wall.check(CHANNEL)


async def register_response(told: Documented) -> None:
    growing, conversation_id = told.house.engine.program_turns, told.first.conversation_id
    cut = await growing.by_hand(conversation_id, CALLING_ALICE, "half", told.second.id, partial=True)
    assert (cut.manual, cut.state, cut.parent_id) == (True, State.STOPPED, told.second.id)
    assert await told.house.path() == ["q1", "a1", "q2", "a2", "half"]
    await told.wall.check(CHANNEL)


async def resample(told: Documented) -> None:
    other = await told.sampled("other a2")
    assert other.parent_id == told.second.parent_id
    assert await told.house.path() == ["q1", "a1", "q2", "other a2"]
    told.house.grok.script(Script(text="other a1"))
    await (await told.house.engine.variants.resample(told.first.id, CALLING_ALICE)).end()
    assert await told.house.path() == ["q1", "other a1"]
    human = next(response for response in await told.forest() if response.sender is Sender.HUMAN)
    with pytest.raises(UserError):
        await told.house.engine.variants.resample(human.id, AS_ALICE)


async def share(told: Documented) -> None:
    token = await told.house.engine.library.shares.add(told.first.id, AS_ALICE, names=False)
    shared = await told.house.engine.library.shares.shown(token)
    assert shared is not None
    assert [turn.text for turn in shared.turns] == ["q1", "a1"]


async def parent_response(told: Documented) -> None:
    parent = await told.house.kept(str(told.second.parent_id))
    assert (parent.message, parent.parent_id) == ("q2", told.first.id)
    assert children(await told.forest(), None)


async def message_and_sender(told: Documented) -> None:
    said = [(response.sender.value, response.message) for response in await told.forest()]
    assert said == [("human", "q1"), ("model", "a1"), ("human", "q2"), ("model", "a2")]


async def manual(told: Documented) -> None:
    assert not any(response.manual for response in await told.forest())


async def partial(told: Documented) -> None:
    told.house.grok.script(Script(text="half of it", reasoning="", hang_after_tokens=2))
    running = await told.house.begin("q3")
    while not running.snapshot().text:
        await running.news(running.snapshot().revision)
    await told.house.engine.answers.stop(running.id)
    cut = await running.end()
    assert (cut.state, cut.answered) == (State.STOPPED, True)
    assert "half of it".startswith(cut.message)


async def query_and_query_type(told: Documented) -> None:
    told.house.grok.script(Script(text="found", queries=("the weather",)))
    answer = await (await told.house.begin("q3")).end()
    assert answer.queries == (Query("web", "the weather"),)


async def edited(told: Documented, number: int, text: str) -> None:
    told.house.grok.script(Script(text=f"re: {text}"))
    running = await told.house.engine.variants.edited(number, Question(AS_ALICE, text, number, CHANNEL))
    assert running is not None
    await running.end()


TABLE: dict[str, Callable[[Documented], Awaitable[None]]] = {
    "AsyncGrok.create_conversation": create_conversation,
    "AsyncGrok.get_conversation": get_conversation,
    "AsyncGrok.list_conversations": list_conversations,
    "Conversation.conversation_id": conversation_id,
    "Conversation.title, set_title": set_title,
    "Conversation.generate_title": generate_title,
    "Conversation.create_time, Response.create_time": create_time,
    "Conversation.starred, star, unstar": star,
    "Conversation.load": load,
    "Conversation.delete": delete,
    "Conversation.add_response": add_response,
    "Conversation.add_response under any response": add_response_elsewhere,
    "AddModelResponse": register_response,
    "Conversation.root_responses": root_responses,
    "Conversation.get_response, Response.response_id": get_response,
    "Conversation.get_children, Response.children": get_children,
    "Conversation.set_leaf_response_id, Response.select": set_leaf_response_id,
    "Response.replace of a person's": replace_of_a_person,
    "Conversation.register_response, Response.replace of the model's": replace_of_the_model,
    "Response.resample": resample,
    "Response.share, shared": share,
    "Response.parent_response, parent_response_id": parent_response,
    "Response.message, sender": message_and_sender,
    "Response.manual": manual,
    "Response.partial": partial,
    "Response.query, query_type": query_and_query_type,
}


@pytest.mark.parametrize("words", TABLE)
async def test_the_engine_does_what_the_sdk_of_2024_calls(told: Documented, words: str) -> None:
    await TABLE[words](told)
    await told.wall.still()
