"""What a server reads when the bot has come: once, where the bot may write, with buttons that work ever after."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from grokbot.discord_bot.notices.texts.moderator_text import CANNOT_LOG, NOT_A_MODERATOR, logged_to
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.discord_server.state.interactions import InteractionResult
    from grokbot.sandbox.discord_server.state.model import Guild

    from .play import Play

BUTTONS = [f"grokbot:setup:{what}" for what in ("channels", "limits", "log", "settings", "privacy")]


def system(guild: Guild) -> Channel:
    assert guild.system_channel is not None
    return guild.system_channel


def texts(parts: list[Any]) -> str:
    """All that a panel says."""
    return "\n".join(part["content"] if "content" in part else texts(part.get("components") or []) for part in parts)


async def told(play: Play, result: InteractionResult) -> Message:
    """The private message that answers somebody, once it is there."""
    await play.until(lambda: result.messages and (result.messages[0].content or result.messages[0].components))
    assert result.messages[0].ephemeral
    return result.messages[0]


async def test_a_server_is_greeted_once_wherever_and_whenever_it_was_joined(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(start=False)
    while_down = play.discord.create_guild("While down", system_channel="lobby")
    await play.start()
    await play.until(lambda: play.messages(system(while_down)))
    while_up = play.discord.create_guild("While up", play.alice, system_channel="lobby")
    await play.until(lambda: play.messages(system(while_up)))
    closed = play.discord.create_guild("Closed")
    closed.system_channel = closed.create_text_channel("closed")
    closed.system_channel.set_overwrite(closed.bot_role, deny=Permission.SEND_MESSAGES)
    play.discord.outage(while_up)
    play.discord.outage(while_up, over=True)
    await play.quiet()
    await play.restart()
    await play.quiet()
    for guild in (while_down, while_up):
        [hello] = play.messages(system(guild))
        assert hello.flags & COMPONENTS_V2
        assert [button["custom_id"] for button in hello.buttons()] == BUTTONS
        assert "unofficial" in texts(hello.components)
    assert play.messages(system(closed)) == play.messages(play.general) == []

    # Its buttons work after the restart, for those who may.
    [hello] = play.messages(system(while_up))
    refused = await play.bob.press(hello, custom_id=BUTTONS[0])
    assert (await told(play, refused)).content == NOT_A_MODERATOR
    for custom_id in BUTTONS:
        await told(play, await play.alice.press(hello, custom_id=custom_id))
    assert not hello.edited
    menu = await told(play, await play.alice.press(hello, custom_id="grokbot:setup:log"))
    chosen = await play.alice.press(menu, custom_id="grokbot:setup:log_channel", values=[str(system(while_up).id)])
    assert (await told(play, chosen)).content == logged_to(system(while_up).id)
    shut = while_up.create_text_channel("shut")
    shut.set_overwrite(while_up.bot_role, deny=Permission.VIEW_CHANNEL)
    refused = await play.alice.press(menu, custom_id="grokbot:setup:log_channel", values=[str(shut.id)])
    assert (await told(play, refused)).content == CANNOT_LOG

    # /setup says how it stands.
    system(while_up).set_overwrite(while_up.bot_role, deny=Permission.ATTACH_FILES)
    await play.quiet()
    panel = await told(play, await play.alice.slash(system(while_up), "setup"))
    said = texts(panel.components)
    assert f"<#{system(while_up).id}>" in said
    assert "Attach Files" in said
    assert "Send Messages in Threads" not in said
    system(while_up).set_overwrite(while_up.bot_role, allow=Permission.ATTACH_FILES)
    await play.quiet()
    await play.alice.press(panel, custom_id="grokbot:setup:again")
    await play.until(lambda: "Attach Files" not in texts(panel.components))

    # A server that asks it in again is greeted again: somebody else may moderate there now.
    play.discord.world.remove_member(while_up, play.discord.bot_user)
    await play.quiet()
    while_up.add_member(play.discord.bot_user)
    await play.until(lambda: len(play.messages(system(while_up))) >= 2)


async def test_an_update_greets_no_server_of_before(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(start=False)
    old = play.discord.create_guild("Old", system_channel="lobby")
    rewind(play)
    await play.start()
    new = play.discord.create_guild("New", system_channel="lobby")
    await play.until(lambda: play.messages(system(new)))
    await play.restart()
    await play.quiet()
    assert play.messages(system(old)) == []
    assert len(play.messages(system(new))) == 1


def rewind(play: Play) -> None:
    """As the migration leaves a database that has served before."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        database.execute("INSERT INTO known_servers (guild_id, at) VALUES (0, ?)", (time.time_ns() // 1000,))
