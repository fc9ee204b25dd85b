"""What people do with their clients: pinning, archiving, forwarding, posting, typing, what they are offered."""

from __future__ import annotations

from typing import Any

import pytest

from grokbot.sandbox.discord_server import (
    BadOptionError,
    BucketRule,
    Channel,
    DiscordSandbox,
    Message,
    Permission,
    Person,
    RefusedError,
    Rules,
)
from grokbot.sandbox.discord_server.rules.limits import Bucket, LimitBook
from grokbot.sandbox.discord_server.rules.permission_bits import MODERATE


class Place:
    """A server with a channel, a member, a moderator and its owner."""

    def __init__(self) -> None:
        self.sandbox = DiscordSandbox()
        self.owner = self.sandbox.create_user("owner")
        self.guild = self.sandbox.create_guild("Test server", self.owner)
        self.general = self.guild.create_text_channel("general")
        self.alice = self.sandbox.create_user("alice")
        self.moderator = self.sandbox.create_user("moderator")
        self.guild.add_member(self.alice)
        self.guild.add_member(self.moderator, permissions=MODERATE)

    async def thread(self, by: Person) -> Channel:
        return await by.start_thread(await by.say(self.general, "a message"), "a thread")


@pytest.fixture
def place() -> Place:
    return Place()


def code(refused: pytest.ExceptionInfo[RefusedError]) -> int:
    return refused.value.code


def pins(channel: Channel) -> list[Message]:
    return [message for message in channel.messages if message.pinned]


def open_threads(place: Place) -> list[Channel]:
    return [thread for thread in place.general.threads if not thread.archived]


async def test_a_member_may_not_pin_and_a_moderator_may(place: Place) -> None:
    said = await place.alice.say(place.general, "remember this")
    with pytest.raises(RefusedError) as refused:
        await place.alice.pin(said)
    assert code(refused) == 50013
    await place.moderator.pin(said)
    assert pins(place.general) == [said]
    notice = place.general.messages[-1]
    assert (notice.kind, notice.author) == (6, place.moderator)
    with pytest.raises(RefusedError) as refused:
        await place.moderator.pin(notice)
    assert code(refused) == 50021
    await place.moderator.pin(said, pinned=False)
    assert pins(place.general) == []
    assert place.general.messages[-1] is notice, "unpinning is not announced"


async def test_nothing_is_pinned_in_an_archived_thread(place: Place) -> None:
    thread = await place.thread(place.alice)
    said = await place.alice.say(thread, "in it")
    thread.archive()
    with pytest.raises(RefusedError) as refused:
        await place.owner.pin(said)
    assert code(refused) == 50083


async def test_in_direct_messages_both_sides_pin(place: Place) -> None:
    said = await place.alice.say(place.alice.direct_messages(), "between us")
    await place.alice.pin(said)
    assert said.pinned


async def test_who_opened_a_thread_or_moderates_archives_it_and_a_member_of_it_opens_it_again(place: Place) -> None:
    thread = await place.thread(place.alice)
    other = place.sandbox.create_user("other")
    await other.say(thread, "I am in it")
    with pytest.raises(RefusedError) as refused:
        await other.archive(thread)
    assert code(refused) == 50013
    await place.alice.archive(thread)
    assert open_threads(place) == []
    with pytest.raises(RefusedError) as refused:
        await place.alice.archive(thread)
    assert code(refused) == 50083
    await other.archive(thread, archived=False)
    assert open_threads(place) == [thread]
    thread.archive(locked=True)
    with pytest.raises(RefusedError) as refused:
        await place.alice.archive(thread, archived=False)
    assert code(refused) == 50013
    await place.moderator.archive(thread, archived=False)
    with pytest.raises(RefusedError) as refused:
        await place.owner.archive(place.general)
    assert code(refused) == 50024


async def test_a_forward_wakes_the_thread_that_it_goes_to_and_joins_it(place: Place) -> None:
    thread = await place.thread(place.alice)
    said = await place.moderator.say(place.general, "something")
    thread.archive()
    await place.moderator.forward(said, thread)
    assert not thread.archived
    assert place.moderator.id in thread.members
    await place.moderator.pin(said)
    with pytest.raises(RefusedError) as refused:
        await place.alice.forward(place.general.messages[-1], thread)
    assert code(refused) == 50035


async def test_a_post_that_is_refused_opens_no_thread(place: Place) -> None:
    forum = place.guild.create_forum_channel("ideas")
    for content in ("", "x" * 2001):
        with pytest.raises(RefusedError):
            await place.alice.post(forum, "An idea", content)
    assert forum.threads == []
    thread = await place.alice.post(forum, "An idea", "in words")
    assert [message.id for message in thread.messages] == [thread.id]


async def test_typing_ends_with_the_message(place: Place) -> None:
    world = place.sandbox.world
    await place.alice.type_in(place.general)
    assert list(world.typists) == [(place.general.id, place.alice.id)]
    await place.alice.say(place.general, "there")
    assert not world.typists


async def test_what_messages_say_changes_no_revision_and_all_else_does(place: Place) -> None:
    world = place.sandbox.world
    said = await place.alice.say(place.general, "first")
    private = place.guild.create_text_channel("private")
    private.set_overwrite(place.guild.everyone, deny=Permission.VIEW_CHANNEL)  # the bot sees nothing of it
    whispered = await place.owner.say(private, "here")
    before = world.revision
    await place.alice.edit(said, "changed")
    await place.alice.react(said, "👍")
    await place.alice.type_in(place.general)
    await place.owner.edit(whispered, "changed")
    assert world.revision == before
    structure = world.structure
    await place.owner.say(private, "one more")
    assert (world.revision, world.structure) == (before + 1, structure)
    before = world.revision
    for act in (
        place.owner.say(private, "more"),
        place.alice.say(place.general, "more"),
        place.owner.rename(private, "secret"),
        place.alice.start_thread(said, "a thread"),
    ):
        await act
        assert world.revision > before
        before = world.revision
    place.sandbox.create_user("somebody")
    assert world.revision > before
    before = world.revision
    place.alice.direct_messages()
    assert world.revision > before


def test_commands_are_offered_by_place_and_by_rights(place: Place) -> None:
    world = place.sandbox.world
    group: list[Any] = [{"type": 1, "name": "add", "description": "x", "options": []}]
    bodies: list[Any] = [
        {"name": "all", "description": "x"},
        {"name": "mod", "description": "x", "default_member_permissions": str(1 << 13), "options": group},
        {"name": "none", "description": "x", "default_member_permissions": "0"},
        {"name": "server", "description": "x", "contexts": [0]},
        {"name": "Menu", "type": 3},
    ]
    world.commands.overwrite(None, bodies, list(range(1, 6)), 1)
    world.commands.overwrite(place.guild.id, [{"name": "all", "description": "here"}], [9], 1)

    def names(who: Person, channel: Channel) -> set[str]:
        return {command["name"] for command in who.offered(channel)}

    assert names(place.alice, place.general) == {"all", "server", "Menu"}
    assert names(place.moderator, place.general) == {"all", "mod", "server", "Menu"}
    assert names(place.owner, place.general) == {"all", "mod", "none", "server", "Menu"}
    assert names(place.alice, place.alice.direct_messages()) == {"all", "mod", "none", "Menu"}
    assert [c["description"] for c in place.alice.offered(place.general) if c["name"] == "all"] == ["here"]
    place.general.set_overwrite(place.guild.everyone, deny=Permission.USE_APPLICATION_COMMANDS)
    assert names(place.alice, place.general) == set()


async def test_half_a_command_asks_for_no_choices(place: Place) -> None:
    body: list[Any] = [{"name": "mod", "description": "x", "options": [{"type": 1, "name": "add", "description": "x"}]}]
    place.sandbox.world.commands.overwrite(None, body, [1], 1)
    with pytest.raises(BadOptionError):
        await place.owner.autocomplete(place.general, "mod", "word", word="a")


@pytest.mark.parametrize("mode", ["leaky", "fixed"])
def test_to_look_at_a_bucket_takes_nothing(mode: Any) -> None:
    bucket = Bucket(BucketRule(5, 5.0, mode), 0.0)
    assert (bucket.look(0.0).remaining, bucket.look(0.0).reset_after) == (5, 0.0)
    taken = bucket.take(0.0)
    assert bucket.look(0.0).remaining == taken.remaining == 4
    assert bucket.look(0.0).reset_after == taken.reset_after
    for _ in range(4):
        bucket.take(0.0)
    assert not bucket.look(0.0).allowed
    assert bucket.look(2.0).remaining == (2 if mode == "leaky" else 0)
    assert bucket.look(9.0).remaining == 5


def test_only_buckets_that_are_not_full_are_in_use() -> None:
    book, rule = LimitBook(), Rules().send
    book.take(rule, "send", "1", 0.0)
    book.take(rule, "send", "2", 3.0)
    assert [(name, major, look.remaining) for name, major, look in book.in_use(3.0)] == [("send", "2", 4)]
    assert book.in_use(100.0) == []


def test_a_fault_is_taken_away_again() -> None:
    faults = DiscordSandbox().faults
    first, second = (faults.add("*", "**", status=status, times=None) for status in (503, 500))
    faults.remove(first)
    assert faults.take("GET", "/x") is second
    faults.remove(second)
    assert faults.take("GET", "/x") is None
