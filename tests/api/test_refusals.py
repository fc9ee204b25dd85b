"""What is refused, and that nothing has changed then: strangers, other people's conversations, wrong ids, too much."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import grpc
import pytest

from grokbot.api.calls import callers, errors
from grokbot.api.messages import text_limits
from grokbot.api.messages.text_limits import LONGEST_TEXT
from grokbot.api.server.server import MOST_BYTES
from grokbot.sandbox.grok_server import Script
from grokbot.settings import ApiSettings
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2, stateless_chat_pb2
from tests.engine.house import BOB, CAROL, eventually
from tests.wire.by_hand import message, parts, text

from .raw import CHAT, DAEMON, STATELESS, Raw, Refused
from .service import serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .service import ServedHouse

METHODS = (
    CHAT + "CreateConversation",
    CHAT + "GetConversation",
    CHAT + "ListConversations",
    CHAT + "AddResponse",
    CHAT + "DeleteConversation",
    CHAT + "GenerateTitle",
    CHAT + "UpdateConversation",
    CHAT + "AddModelResponse",
    CHAT + "ShareConversation",
    STATELESS + "AddResponse",
    STATELESS + "LogForDebugging",
    STATELESS + "DeleteLoggedConversations",
    *(
        DAEMON + name
        for name in (
            "GetStatus",
            "ListConversations",
            "GetInfo",
            "GetChoices",
            "Ask",
            "GetAnswer",
            "Watch",
            "Resample",
            "Replace",
            "Select",
            "Stop",
            "Branch",
            "Unshare",
            "Export",
            "Import",
            "StatefulChat",
            "GetUsage",
            "MakeKey",
            "ListKeys",
            "RevokeKey",
            "Pause",
            "Unpause",
            "ListStuckAnswers",
            "ShowAgain",
            "Abandon",
            "CatchUp",
        )
    ),
)


@pytest.fixture
async def over_tcp(tmp_path: Path) -> AsyncIterator[ServedHouse]:
    async with serving_house(tmp_path, api=ApiSettings(listen=("127.0.0.1:0",), owner_id=111)) as house:
        yield house


@pytest.fixture
async def tcp(over_tcp: ServedHouse) -> AsyncIterator[Raw]:
    async with grpc.aio.insecure_channel(over_tcp.target) as opened:
        yield Raw(opened)


# Who calls


async def test_over_tcp_every_method_wants_a_key(tcp: Raw) -> None:
    for method in METHODS:
        with Refused(grpc.StatusCode.UNAUTHENTICATED) as refused:
            await tcp.all(method, b"\xff")  # nothing of a stranger's request is looked at
        assert refused.text == errors.NO_KEY


def test_the_list_of_methods_is_whole() -> None:
    services = [
        module.DESCRIPTOR.services_by_name[name]
        for module, name in ((chat_pb2, "Chat"), (stateless_chat_pb2, "StatelessChat"), (daemon_pb2, "Daemon"))
    ]
    assert {f"/{each.full_name}/{method.name}" for each in services for method in each.methods} == set(METHODS)


async def test_a_wrong_or_revoked_key_opens_nothing_on_the_socket_either(served: ServedHouse, raw: Raw) -> None:
    key, secret = await served.engine.api_keys.make(BOB.id, BOB.name)
    assert await raw.with_key(secret).begin()
    for wrong in ("", "gbk_", secret + "x", secret.upper()):
        with Refused(grpc.StatusCode.UNAUTHENTICATED) as refused:
            await raw.with_key(wrong).begin()
        assert refused.text == errors.WRONG_KEY
    await served.engine.api_keys.revoke(key.id)
    with Refused(grpc.StatusCode.UNAUTHENTICATED):
        await raw.with_key(secret).begin()


async def test_a_stream_ends_with_the_key_that_opened_it(served: ServedHouse, raw: Raw) -> None:
    key, secret = await served.engine.api_keys.make(BOB.id, BOB.name)
    bob, other = raw.with_key(secret), raw.with_key(await served.key(BOB.id, BOB.name))
    conversation = await bob.begin()
    watches = [each.stream(DAEMON + "Watch", message((1, conversation))) for each in (bob, other)]
    for watch in watches:
        await anext(aiter(watch))
    await served.engine.api_keys.revoke(key.id)
    await raw.say(conversation, "After it")
    with Refused(grpc.StatusCode.UNAUTHENTICATED) as refused:
        await anext(aiter(watches[0]))
    assert refused.text == errors.WRONG_KEY
    told = await anext(aiter(watches[1]))
    assert b"After it" in told
    for watch in watches:
        watch.cancel()


async def test_two_keys_at_once_open_nothing(served: ServedHouse, raw: Raw) -> None:
    secret = await served.key()
    with Refused(grpc.StatusCode.UNAUTHENTICATED):
        await Raw(raw.channel, (("apikey", secret), ("apikey", secret))).begin()


async def test_the_names_of_metadata_are_lower_case_so_that_any_other_case_is_no_key(
    over_tcp: ServedHouse, tcp: Raw
) -> None:
    secret = await over_tcp.key()
    for odd in ("ApiKey", "APIKEY"):  # HTTP/2 knows no capitals: the client itself refuses
        with pytest.raises(Exception, match="execute_batch"):
            await Raw(tcp.channel, ((odd, secret),)).begin()
    for other in ("api-key", "apikey-bin", "authorization"):
        value = secret.encode() if other.endswith("-bin") else secret
        with Refused(grpc.StatusCode.UNAUTHENTICATED):
            await Raw(tcp.channel, ((other, value),)).begin()


async def test_a_key_speaks_for_its_owner_and_the_socket_for_the_operator(served: ServedHouse, raw: Raw) -> None:
    bob = raw.with_key(await served.key(BOB.id, BOB.name))
    conversation = await bob.begin()
    said = await bob.say(conversation, "It is me")
    kept = await served.house.kept(said.user_id)
    assert kept.author == BOB
    operators = await raw.begin()
    said = await raw.say(operators, "And me")
    kept = await served.house.kept(said.user_id)
    assert kept.author is not None
    assert kept.author.id == 111


# Whose conversation it is


async def test_others_conversations_are_as_if_they_were_not_there(served: ServedHouse, raw: Raw) -> None:
    bob, carol = [raw.with_key(await served.key(each.id, each.name)) for each in (BOB, CAROL)]
    conversation = await bob.begin()
    said = await bob.say(conversation, "Between us")
    refusals = []
    for named in (conversation, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "", "'; drop table responses", "x" * 1000, "\0"):
        for method, fields in (
            ("GetConversation", ()),
            ("DeleteConversation", ()),
            ("UpdateConversation", ((2, "Mine"), (3, 1))),
            ("AddResponse", ((2, "Hi"), (6, 1))),
            ("AddModelResponse", ((2, "Hi"),)),
            ("GenerateTitle", ()),
            ("ShareConversation", ((2, said.answer_id),)),
        ):
            with Refused(grpc.StatusCode.NOT_FOUND) as refused:
                await carol.all(CHAT + method, message((1, named), *fields))
            refusals.append(refused.text)
    assert len(set(refusals)) == 1, "who asks cannot tell whether there is one"
    for method in ("Resample", "Replace", "Select", "Branch"):
        for named in (said.answer_id, "nothing"):
            with Refused(grpc.StatusCode.NOT_FOUND):
                await carol.all(DAEMON + method, message((1, named)))
    for method in ("Watch", "Stop", "GetInfo", "Unshare"):
        with Refused(grpc.StatusCode.NOT_FOUND):
            await carol.all(DAEMON + method, message((1, conversation)))
    assert parts(await carol.call(CHAT + "ListConversations"), 1) == []
    assert len(parts(await bob.call(CHAT + "ListConversations"), 1)) == 1
    assert len(await raw.responses(conversation)) == 2  # the operator sees it, and nothing has been added


async def test_whoever_reaches_everything_reaches_others_conversations(served: ServedHouse, raw: Raw) -> None:
    bob = raw.with_key(await served.key(BOB.id, BOB.name))
    carol = raw.with_key(await served.key(CAROL.id, CAROL.name, everything=True))
    conversation = await bob.begin()
    said = await bob.say(conversation, "Hi")
    assert len(await carol.responses(conversation)) == 2
    assert (await carol.say(conversation, "Me too", said.answer_id)).answer


OPERATORS = ("MakeKey", "ListKeys", "RevokeKey", "Pause", "Unpause")


async def test_what_is_the_operators_is_not_for_others(served: ServedHouse, raw: Raw) -> None:
    bob = raw.with_key(await served.key(BOB.id, BOB.name))
    for method in OPERATORS:
        with Refused(grpc.StatusCode.PERMISSION_DENIED):
            await bob.call(DAEMON + method)
    assert served.engine.pauses.state is None


# The forest


async def test_a_parent_that_is_not_in_the_conversation_is_refused(raw: Raw) -> None:
    one, other = await raw.begin(), await raw.begin()
    elsewhere = await raw.say(other, "Here")
    for parent in (elsewhere.answer_id, elsewhere.user_id, "nothing", other):
        for method, fields in (
            ("AddResponse", ((2, "Hi"), (5, parent))),
            ("AddModelResponse", ((2, "Hi"), (4, parent))),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await raw.all(CHAT + method, message((1, one), *fields))
            assert caught.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    assert await raw.responses(one) == []


async def test_cycles_cannot_be_made_for_a_parent_is_always_older(raw: Raw) -> None:
    """A response gets its parent when it is made, and keeps it: no call sets an edge of one that is there."""
    conversation = await raw.begin()
    first = await raw.say(conversation, "Hi")
    below = await raw.say(conversation, "More", first.answer_id)
    # Whatever is said under its own descendant, or under itself, is a new response with a new id.
    for parent in (below.answer_id, first.user_id, first.answer_id):
        await raw.say(conversation, "Hi", parent)
    await raw.all(DAEMON + "Replace", message((1, first.user_id), (2, "Hello")))
    responses = await raw.responses(conversation)
    seen: set[str] = set()
    for each in responses:
        assert text(each, 5) == "" or text(each, 5) in seen, "each parent comes before its children"
        assert text(each, 1) not in seen
        seen.add(text(each, 1))
    assert {text(each, 1): text(each, 5) for each in responses}[first.answer_id] == first.user_id


async def test_of_a_hundred_calls_at_once_on_one_conversation_one_is_answered(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    served.grok.script(Script(text="the one answer", first_token_after=5.0), times=100)
    request = message((1, conversation), (2, "Me first"), (6, 1))

    async def outcome() -> grpc.StatusCode:
        try:
            await raw.all(CHAT + "AddResponse", request)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    outcomes = await asyncio.gather(*(outcome() for _ in range(100)))
    assert sorted(map(str, outcomes)) == sorted([str(grpc.StatusCode.OK), *[str(grpc.StatusCode.ABORTED)] * 99])
    assert [text(each, 2) for each in await raw.responses(conversation)] == ["Me first", "the one answer"]
    await served.house.quiet()


# Too much


async def test_large_messages_are_taken_up_to_the_limits(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    long = "ä" * LONGEST_TEXT
    kept = await raw.call(CHAT + "AddModelResponse", message((1, conversation), (2, long)))
    assert text(kept, 2) == long
    with Refused(grpc.StatusCode.INVALID_ARGUMENT) as refused:
        await raw.say(conversation, long + "ä")
    assert "1,000,001" in refused.text
    ten_megabytes = "a" * (10 * 1024 * 1024)
    with Refused(grpc.StatusCode.INVALID_ARGUMENT) as refused:
        await raw.say(conversation, ten_megabytes)
    assert "`message`" in refused.text
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await raw.all(STATELESS + "AddResponse", message((1, message((1, 1), (2, ten_megabytes)))))
    with pytest.raises(grpc.aio.AioRpcError) as caught:  # the transport's own sentence
        await raw.say(conversation, "a" * MOST_BYTES)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(await raw.responses(conversation)) == 1
    await served.house.quiet()


async def test_a_list_of_millions_of_nothings_is_refused_and_holds_nobody_up(served: ServedHouse, raw: Raw) -> None:
    for each in (b"", message((1, 1))):
        many = message((1, each)) * (text_limits.MOST_VALUES + 1)
        with Refused(grpc.StatusCode.INVALID_ARGUMENT) as refused:
            await raw.all(STATELESS + "AddResponse", many)
        assert "`responses`" in refused.text
        assert "10,001" in refused.text
    with Refused(grpc.StatusCode.INVALID_ARGUMENT) as refused:
        await raw.all(STATELESS + "AddResponse", message((1, message((1, 1)) * text_limits.MOST_FIELDS)))
    assert "too many fields: at most 100,000" in refused.text
    assert served.grok.requests == []


@pytest.mark.parametrize(
    "request_", [b"\x0a", b"\x0a\xff", b"\xff" * 20_000, b"\x0a\x05\x0a", b"\x0b" * 9, b"\x00\x01"]
)
def test_bytes_that_are_no_message_are_not_refused_for_their_number(request_: bytes) -> None:
    text_limits.check_fields(request_, stateless_chat_pb2.StatelessConversation.DESCRIPTOR)


async def test_one_key_has_so_many_calls_at_once_and_others_go_on(
    served: ServedHouse, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "MOST_CALLS", 3)
    bob, carol = [raw.with_key(await served.key(each.id, each.name)) for each in (BOB, CAROL)]
    conversation = await bob.begin()
    watches = [bob.stream(DAEMON + "Watch", message((1, conversation))) for _ in range(3)]
    for watch in watches:
        await anext(aiter(watch))
    with Refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        await bob.begin()
    assert await carol.begin()
    assert await raw.begin()
    watches[0].cancel()

    async def goes_again() -> bool:
        try:
            await bob.begin()
        except grpc.aio.AioRpcError:
            return False
        return True

    await eventually(goes_again)


# What is written down of it


async def test_no_key_no_message_and_no_name_is_logged(
    served: ServedHouse, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = await served.key(BOB.id, "bob-the-secretive")
    bob = raw.with_key(secret)
    conversation = await bob.begin()
    served.grok.script(Script(text="words-of-the-model"))
    await bob.say(conversation, "words-of-a-person")
    await bob.call(CHAT + "UpdateConversation", message((1, conversation), (2, "words-of-a-title")))
    served.grok.script(Script(fail="overloaded"))
    with Refused(grpc.StatusCode.UNAVAILABLE):
        await bob.say(conversation, "words-that-fail")
    await bob.all(STATELESS + "AddResponse", message((1, message((1, 1), (2, "words-not-kept"))), (4, "a-user-name")))
    with Refused(grpc.StatusCode.UNAUTHENTICATED):
        await raw.with_key("gbk_wrong-key").begin()
    with Refused(grpc.StatusCode.INVALID_ARGUMENT):
        await bob.all(CHAT + "AddResponse", message((1, conversation), (2, "words-refused"), (7, "no-such-prompt")))
    assert "api.refused" in caplog.text
    for private in ("words-", secret, "gbk_", "secretive", "a-user-name", "no-such-prompt"):
        assert private not in caplog.text
