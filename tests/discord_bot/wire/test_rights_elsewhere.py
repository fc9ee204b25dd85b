"""Whoever is kicked, leaves, or is taken out of a place gets nothing of what is said there, by any way from outside."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import grpc
import pytest

from grokbot.discord_bot.notices.texts.command_text import LEFT_OUT, NO_SUCH_CONVERSATION, NOTHING_LISTED
from grokbot.engine.admission import GONE, NOT_ASKED
from grokbot.engine.admission import membership as kept
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import Script
from tests.program import program_at

from .play import playing
from .test_commands import answered, shown, told
from .test_moderation import moderator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel
    from tests.program import Program

    from .play import Play

SECRET = "the vault opens at nine"


@pytest.fixture
async def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    monkeypatch.setattr(kept, "SEEN_SECONDS", 0.0)
    monkeypatch.setattr(kept, "UNSEEN_SECONDS", 0.0)
    monkeypatch.setattr("grokbot.discord_bot.members.membership.MEMBER_SECONDS", 0.0)
    async with playing(tmp_path, api=True, rules=Rules().unlimited()) as found:
        yield found


def kicked(play: Play, _: Channel) -> None:
    play.discord.world.remove_member(play.guild, play.bob)


def taken_out(play: Play, thread: Channel) -> None:
    threads.leave(play.discord.world, play.discord.world.owner, thread, play.bob)


def closed(play: Play, _: Channel) -> None:
    play.general.set_overwrite(play.bob, deny=Permission.VIEW_CHANNEL)


async def private(play: Play) -> Channel:
    """A private thread of Alice's in which Bob has written too."""
    play.says("First.")
    await play.alice.slash(play.general, "chat", prompt="between us", private=True)
    await play.until(lambda: play.guild.threads and play.said(play.guild.threads[-1]))
    thread = play.guild.threads[-1]
    await play.whole(thread)
    play.guild.add_member(play.bob)
    threads.join(play.discord.world, play.discord.world.owner, thread, play.bob)
    await says(play, thread, "I am in", "Second.")
    return thread


async def public(play: Play) -> Channel:
    thread = await answered(play, "in public", "First.")
    await says(play, thread, "I am in", "Second.")
    return thread


async def says(play: Play, thread: Channel, text: str, answer: str, *, by_alice: bool = False) -> None:
    play.grok.script(Script(text=answer, reasoning=""))
    await (play.alice if by_alice else play.bob).say(thread, text)
    await play.until(lambda: answer in play.said(thread)[-1])
    await play.whole(thread)


WAYS = [(public, kicked), (private, kicked), (private, taken_out), (public, closed)]


@pytest.mark.parametrize(("place", "leaves"), WAYS, ids=lambda way: way.__name__)
async def test_who_no_longer_sees_a_place_gets_nothing_of_it_by_any_command(
    play: Play, place: Callable[[Play], Awaitable[Channel]], leaves: Callable[[Play, Channel], None]
) -> None:
    thread = await place(play)
    here = play.bob.direct_messages()
    before = await told(play, await play.bob.slash(here, "history"))
    assert "More…" in shown(before)
    assert len(await play.bob.autocomplete(here, "export", "conversation", conversation="")) == 1
    [conversation_id] = {
        choice["value"] for choice in await play.bob.autocomplete(here, "export", "conversation", conversation="")
    }

    leaves(play, thread)
    await says(play, thread, f"{SECRET}?", f"Yes, {SECRET}.", by_alice=True)

    assert NOTHING_LISTED in shown(await told(play, await play.bob.slash(here, "history")))
    assert "None of your" in shown(await told(play, await play.bob.slash(here, "history", search="vault")))
    assert await play.bob.autocomplete(here, "export", "conversation", conversation="") == []
    for command in ("export", "info", "delete"):
        by_id = await told(play, await play.bob.slash(here, command, conversation=conversation_id))
        assert (by_id.content, by_id.attachments) == (GONE, [])
        by_words = await told(play, await play.bob.slash(here, command, conversation="I am in"))
        assert by_words.content == NO_SUCH_CONVERSATION
    file = (await told(play, await play.bob.slash(here, "privacy export"))).attachments[0].file.data
    archive = zipfile.ZipFile(io.BytesIO(file))
    everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "I am in" in everything
    assert SECRET not in everything
    assert "Second." not in everything
    [part] = json.loads(archive.read("everything.json"))["conversations"]
    assert (part["left"], part["title"]) == (True, "")


async def calls_of(program: Program, conversation_id: str, response_id: str) -> list[Awaitable[object]]:
    """Every call of a key's that reads a conversation or does something in it."""
    return [
        program.read(conversation_id),
        program.say(conversation_id, "More?", response_id),
        program.resample(response_id),
        program.replace(response_id, "Other words."),
        program.by_hand(conversation_id, "By hand.", response_id),
        program.select(response_id),
        program.stop(conversation_id),
        program.update(conversation_id, title="Mine", starred=True),
        program.share(conversation_id, response_id),
    ]


@pytest.mark.parametrize(("place", "leaves"), WAYS, ids=lambda way: way.__name__)
async def test_a_key_stops_where_its_owner_no_longer_sees_a_place(
    play: Play, place: Callable[[Play], Awaitable[Channel]], leaves: Callable[[Play, Channel], None]
) -> None:
    thread = await place(play)
    async with program_at(play.socket) as operator:
        program = await operator.of(play.bob.id, "bob")
        [conversation] = await program.conversations()
        at = conversation.conversation_id
        response_id = await program.last(at)
        async with program.watching(at) as watched:
            leaves(play, thread)
            await says(play, thread, f"{SECRET}?", f"Yes, {SECRET}.", by_alice=True)
            assert SECRET not in str(watched.happenings)
        kept_before = play.kept()
        for call in await calls_of(program, at, response_id):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            assert refused.value.code() is grpc.StatusCode.NOT_FOUND, refused.value.details()
        assert await program.conversations() == []
        assert play.kept() == kept_before
        assert SECRET in str(await operator.read(at))  # whose socket it is sees everything
        nowhere = await program.begin()
        assert [each.conversation_id for each in await program.conversations()] == [nowhere]


async def test_a_key_has_the_roles_that_its_owner_has_now(play: Play) -> None:
    mia, _ = moderator(play)
    role = play.guild.create_role("rude")
    thread = await public(play)
    await told(play, await mia.slash(play.general, "mod block", role=role))
    async with program_at(play.socket) as operator:
        program = await operator.of(play.bob.id, "bob")
        [conversation] = await program.conversations()
        at = conversation.conversation_id
        play.says("Third.")
        assert (await program.say(at, "May I?")).text == "Third."
        play.guild.members[play.bob.id].role_ids.append(role.id)
        kept_before, last = play.kept(), await program.last(at)
        for call in (program.say(at, "And now?", last), program.resample(last), program.select(last)):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
            assert "cannot use Grok here" in str(refused.value.details())
        assert play.kept() == kept_before
    await play.whole(thread)


async def test_where_discord_cannot_be_asked_nothing_is_given_and_that_is_said(play: Play) -> None:
    await public(play)
    here = play.bob.direct_messages()
    [choice] = await play.bob.autocomplete(here, "info", "conversation", conversation="")
    play.discord.faults.add("GET", f"/guilds/{play.guild.id}/members/*", status=503, times=None)
    assert (await told(play, await play.bob.slash(here, "info", conversation=choice["value"]))).content == NOT_ASKED
    assert f"{NOTHING_LISTED}\n{LEFT_OUT}" in shown(await told(play, await play.bob.slash(here, "history")))
    async with program_at(play.socket) as operator:
        program = await operator.of(play.bob.id, "bob")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await program.read(choice["value"])
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_archived_threads_and_direct_messages_are_ones_own_still(play: Play) -> None:
    thread = await public(play)
    here = play.bob.direct_messages()
    play.says("Directly.")
    await play.bob.say(here, "directly")
    await play.until(lambda: play.said(here) == ["Directly."])
    await play.whole(here)
    thread.archive()
    await play.restart()
    offered = [choice["name"] for choice in await play.bob.autocomplete(here, "info", "conversation", conversation="")]
    assert sorted(offered) == ["directly", "in public"]
    kicked(play, thread)
    offered = [choice["name"] for choice in await play.bob.autocomplete(here, "info", "conversation", conversation="")]
    assert offered == ["directly"]


async def test_discord_is_asked_once_in_a_while_not_each_time(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SEEN_SECONDS", 120.0)
    await public(play)
    here = play.bob.direct_messages()
    for _ in range(5):
        assert await play.bob.autocomplete(here, "info", "conversation", conversation="")
    asked = [call for call in play.discord.requests if "/members/" in call.path]
    assert len(asked) == 1
