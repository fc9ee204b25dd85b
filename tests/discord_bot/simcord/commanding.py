"""What the tests of the commands share: a conversation to command, and what a command's answer holds.

Not here: what is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.grok_server import Script
from tests.panel_words import panel_labels

if TYPE_CHECKING:
    import discord
    from simcord.actors import MemberActor
    from simcord.builders import ChannelHandle
    from simcord.results import InteractionResult, ResponseMessage

    from tests.discord_bot.simcord.house import House

SKY = "Why is the sky blue?"
BLUE = "Because of Rayleigh."
SUNSET = "And at sunset?"
RED = "Then it is red."
FULL = 10.0
"""Seconds after which the channel takes as many requests as at first. simcord's clock stands still by itself."""
BROKEN = Script(fail="internal", fail_after_tokens=3, text="a b c d e f", reasoning="")


async def asked(house: House, *answers: str, question: str = SKY) -> ChannelHandle:
    """Alice asks in the channel and, for each further answer, in the thread; the thread."""
    first, *others = answers or (BLUE,)
    house.grok.script(Script(text=first))
    await house.alice.send(house.general, f"{house.mention} {question}")
    thread = house.threads()[-1]
    for text in others:
        house.grok.script(Script(text=text))
        await house.env.advance_time(FULL)
        await house.alice.send(thread, SUNSET)
    return thread


async def conversation_id(house: House, thread: ChannelHandle) -> str:
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    return conversation.id


def only(result: InteractionResult, *, public: bool = False) -> ResponseMessage:
    """The one private message that answers a command, or the one that everybody sees."""
    pressed = result._interaction.source_message_id
    given = [m for m in (result.response, *result.followups) if m is not None and m.id != pressed]
    [message] = [m for m in given if m.ephemeral is not public]
    return message


async def attached(result: InteractionResult, *, public: bool = False) -> tuple[str, str]:
    """Name and text of the one file in a command's answer."""
    [attachment] = only(result, public=public).attachments
    return attachment.filename, (await attachment.read()).decode()


def labels(message: ResponseMessage) -> list[str]:
    """What the buttons under an answer to a command say."""
    return panel_labels(message.components)


async def menu_of(person: MemberActor, answer: discord.Message) -> ResponseMessage:
    """The menu that a person opens below an answer, which nobody else sees."""
    return only(await person.click(answer, label="More…"))
