"""What a start needs to lose nobody's words: up to where everything was heard, and what is still to begin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.records.opening import PendingOpening

from .cases import CHANNEL, START, conversation, human, pending, ref

if TYPE_CHECKING:
    from grokbot.store import Store

MENTION = PendingOpening(id=70, guild_id=1, channel_id=2, user_id=3, since=START)
COMMAND = PendingOpening(id=71, guild_id=None, channel_id=4, user_id=5, since=START, command='{"prompt": "\0Why?"}')


async def test_marks_are_kept_by_shard_and_those_of_another_number_of_shards_go(store: Store) -> None:
    assert await store.watermarks.served() == {}
    await store.watermarks.note_served({0: 10, 1: 20}, 2)
    await store.watermarks.note_served({1: 25}, 2)
    assert await store.watermarks.served() == {(0, 2): 10, (1, 2): 25}
    await store.watermarks.note_served({0: 30}, 1)
    assert await store.watermarks.served() == {(0, 1): 30}


async def test_where_no_mark_was_ever_kept_the_newest_message_that_is_known_is_one(store: Store) -> None:
    await store.turns.begin([human("h")], pending("a", "h", 1), [ref(5, "h")], conversation())
    await store.messages.put(ref(9, "a"))
    assert await store.watermarks.served() == {(0, 1): 9}
    await store.deletion.delete("c", START)
    assert await store.watermarks.served() == {(0, 1): 9}
    assert await store.watermarks.of_channel(CHANNEL) == 9
    assert await store.watermarks.of_channel(CHANNEL + 1) is None


async def test_what_is_to_begin_is_kept_once_until_it_has_begun(store: Store) -> None:
    for wanted in (COMMAND, MENTION, COMMAND):
        await store.openings.put(wanted)
    first, second = await store.openings.all()
    assert first == MENTION
    assert second.command == '{"prompt": "\N{REPLACEMENT CHARACTER}Why?"}'
    for _ in range(2):
        await store.openings.end(COMMAND)
    assert await store.openings.all() == (MENTION,)


async def test_who_has_everything_deleted_has_nothing_that_is_still_to_begin(store: Store) -> None:
    for wanted in (COMMAND, MENTION):
        await store.openings.put(wanted)
    await store.erasure.take_rest(COMMAND.user_id, START)
    assert await store.openings.all() == (MENTION,)


async def test_where_something_has_happened_lately_comes_first(store: Store) -> None:
    assert await store.watermarks.active_channels(START, 5) == ()
    await store.turns.begin([human("h")], pending("a", "h", 1), [ref(5, "h")], conversation())
    found = conversation()
    assert await store.watermarks.active_channels(START - timedelta(days=1), 5) == ((found.guild_id, CHANNEL),)
    assert await store.watermarks.active_channels(START + timedelta(days=1), 5) == ()
