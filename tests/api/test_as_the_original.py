"""Both services' streams, read as the client of 2024 read them. Written from what it does, not from its source."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import grpc
import pytest

from grokbot.api.messages.prompt_ide import budget
from grokbot.conversation.response import Usage
from grokbot.sandbox.grok_server import Script
from grokbot.wire.prompt_ide import chat_pb2, chat_pb2_grpc, stateless_chat_pb2, stateless_chat_pb2_grpc

from .service import serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .service import ServedHouse


@dataclass
class Kept:
    """A conversation as that client held it: what it knows, and under what the next message goes."""

    stub: chat_pb2_grpc.ChatAsyncStub
    conversation_id: str
    leaf: str = ""
    known: dict[str, chat_pb2.Response] = field(default_factory=dict)
    shares: list[float] = field(default_factory=list)
    """Of its budget, after each message that told of one."""

    async def say(self, text: str) -> tuple[str, chat_pb2.Response]:
        """The pieces put together, and the answer. Any error ended the answer there, so none is caught here."""
        final: asyncio.Future[chat_pb2.Response] = asyncio.get_running_loop().create_future()
        request = chat_pb2.AddResponseRequest(
            conversation_id=self.conversation_id, message=text, parent_response_id=self.leaf, use_grok=True
        )
        pieces = ""
        async for message in self.stub.AddResponse(request):
            if message.HasField("user_response"):
                self.known[message.user_response.response_id] = message.user_response
            elif message.HasField("model_response"):
                self.known[message.model_response.response_id] = message.model_response
                self.leaf = message.model_response.response_id
                final.set_result(message.model_response)  # a second one raises
            elif message.HasField("query_action"):
                assert message.query_action.query
            elif message.HasField("token") and message.token.HasField("token"):
                pieces += message.token.token.final_logit.string_token
            elif message.HasField("token") and message.token.HasField("budget"):
                self.shares.append(message.token.budget.tokens_spent / message.token.budget.token_limit)
        return pieces, final.result()  # not there: raises, as that client did


@pytest.fixture(params=["stateless", "stateful"])
async def served(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ServedHouse]:
    async with serving_house(tmp_path, mode=request.param) as house:
        yield house


@pytest.fixture
async def channel(served: ServedHouse) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(served.target) as opened:
        yield opened


async def begun(channel: grpc.aio.Channel) -> Kept:
    stub: chat_pb2_grpc.ChatAsyncStub = chat_pb2_grpc.ChatStub(channel)
    created = await stub.CreateConversation(chat_pb2.CreateConversationRequest())
    return Kept(stub, created.conversation_id)


@pytest.mark.parametrize("question", ["Hi", "!search figs", "!think 50", "!finish max_len", "Prüfung 👩‍🚀"])
async def test_a_kept_answer_is_read_to_its_end_and_the_leaf_moves_with_it(
    channel: grpc.aio.Channel, question: str
) -> None:
    kept = await begun(channel)
    pieces, first = await kept.say(question)
    assert pieces == first.message
    assert kept.leaf == first.response_id
    _, second = await kept.say("And then?")
    assert kept.known[second.parent_response_id].parent_response_id == first.response_id
    kept.leaf = second.parent_response_id
    _, again = await kept.say("")  # as it samples again
    assert (again.parent_response_id, kept.leaf) == (second.parent_response_id, again.response_id)
    assert kept.shares == []  # nothing was limited


def test_a_budget_is_told_where_an_answer_has_one() -> None:
    told = budget(Usage(completion_tokens=30, reasoning_tokens=20), 100)
    assert told is not None
    assert told.token.budget.tokens_spent / told.token.budget.token_limit == 0.5


async def test_its_times_count_in_utc_without_a_zone(channel: grpc.aio.Channel) -> None:
    _, answer = await (await begun(channel)).say("Hi")
    age = datetime.now(UTC).replace(tzinfo=None) - answer.create_time.ToDatetime()
    assert abs(age) < timedelta(minutes=5)


async def test_an_answer_without_its_history_is_read_to_its_end(served: ServedHouse, channel: grpc.aio.Channel) -> None:
    stub: stateless_chat_pb2_grpc.StatelessChatAsyncStub = stateless_chat_pb2_grpc.StatelessChatStub(channel)
    conversation = stateless_chat_pb2.StatelessConversation(stateless_conversation_id="f" * 32)
    human = stateless_chat_pb2.StatelessResponse.HUMAN
    for question in ("Hi", "!search figs", "And then?"):
        conversation.responses.add(sender=human, message=question)
        answer = stateless_chat_pb2.StatelessResponse(sender=stateless_chat_pb2.StatelessResponse.ASSISTANT)
        async for update in stub.AddResponse(conversation):
            answer.message += update.message
            answer.query += update.query
        conversation.responses.append(answer)
    assert [bool(each.message) for each in conversation.responses] == [True] * 6
    assert conversation.responses[3].query == "figs"
    served.grok.script(Script(fail="internal"))
    conversation.responses.add(sender=human, message="This fails.")
    with pytest.raises(grpc.aio.AioRpcError):
        [update async for update in stub.AddResponse(conversation)]
    conversation.responses.add(sender=human, message="This goes on after what was never answered.")
    assert [update async for update in stub.AddResponse(conversation)]
