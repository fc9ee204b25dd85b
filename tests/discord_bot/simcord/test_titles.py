"""The thread's name in somebody else's Discord: ours is given once, and a person's is the title from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.response import TitleBy
from grokbot.policy.actor import Actor
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from tests.discord_bot.simcord.house import House


async def held(house: House) -> Conversation:
    [thread] = house.threads()
    found = await house.engine.places.conversation_in(thread.id)
    assert found is not None
    return found


async def test_a_title_is_the_threads_name_and_a_persons_name_is_the_title(house: House) -> None:
    await house.alice.send(house.general, f"{house.mention} How do figs grow?")
    [thread] = house.threads()
    house.grok.script_title(Script(text='"Figs at home."'))
    await house.engine.titles.write((await held(house)).id, Actor(id=house.alice.id, name=""))
    await eventually(lambda: house.threads()[0].name == "Figs at home")
    assert (await held(house)).title == "Figs at home"
    house.env.backend.edit_channel(thread.id, {"name": "Alice's garden"})  # as a moderator does in their client
    await eventually(lambda: _is_titled(house, "Alice's garden"))
    assert (await held(house)).title_by is TitleBy.PERSON
    assert house.threads()[0].name == "Alice's garden"


async def _is_titled(house: House, title: str) -> bool:
    return (await held(house)).title == title
