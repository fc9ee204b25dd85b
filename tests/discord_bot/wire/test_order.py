"""Turns of one conversation come one after the other; conversations go side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.markdown import split
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from .play import Play

LONG = "\n".join(f"Line {number} of an answer that takes several messages." for number in range(90))


async def test_what_three_people_write_meanwhile_is_answered_together_and_after_the_last_part(play: Play) -> None:
    carol = play.discord.create_user("carol", display_name="Carol")
    play.grok.script(Script(text=LONG, reasoning="", tokens_per_second=900.0))
    thread = await play.begin("one")
    await play.shown(thread)
    play.discord.faults.add("POST", f"/channels/{thread.id}/messages", delay=1.5)  # the next part comes late
    play.grok.script(Script(text="To all three.", reasoning=""))
    await play.bob.say(thread, "two")
    await carol.say(thread, "three")
    await play.alice.say(thread, "four")
    await play.reads(thread, *split(LONG), "To all three.")
    assert len(play.asked) == 2
    assert play.told() == ["Alice: one", "Bob: two", "Carol: three", "Alice: four"]
    ids = [message.id for message in play.messages(thread)]
    assert ids == sorted(ids)


async def test_one_conversation_does_not_wait_for_another(play: Play) -> None:
    waiting = play.alice.direct_messages()
    asked = await play.alice.say(waiting, "!hang 3")
    await play.shown(waiting)
    for number in range(3):
        thread = await play.begin(f"number {number}", person=play.bob)
        await play.ends_with(thread, "counted.")
    assert play.grok.running == 1
    await play.alice.delete(asked)
    await play.grok.until(lambda: play.grok.running == 0)
