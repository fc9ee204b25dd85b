"""A story played through the real daemon between both loopback servers."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from grokbot.sandbox.discord_server import DiscordSandbox, Rules
from grokbot.sandbox.discord_server.rules import command_form
from grokbot.sandbox.grok_server import GrokRules
from grokbot.sandbox.story import Film, Player, StoryError, parse
from grokbot.sandbox.story.furniture import furnish
from grokbot.sandbox.story.names import StoryNames
from grokbot.sandbox_run.page import PageOptions, page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.sandbox.discord_server import Channel, Message, Person
    from grokbot.sandbox.stage import Stage
    from grokbot.sandbox.story import StoryStep

STORY = """
server: Somewhere
channels: [talk, other]
forums: [ideas]
people: { alice: Alice, bob: Bob, mo: { moderator: yes }, owner: { owner: yes } }
steps:
"""


class Album:
    """What was painted: name, who saw it, where, and the texts."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, str, str, list[str]]] = []

    async def paint(self, step: StoryStep, who: Person, channel: Channel, messages: list[Message]) -> None:
        self.pictures.append((step.what, who.name, channel.name, [message.content for message in messages]))


@asynccontextmanager
async def played(steps: str) -> AsyncIterator[tuple[Player, Stage, Album]]:
    story, album = parse(STORY + steps, "a.yaml"), Album()
    rules = Rules().unlimited()
    async with page(PageOptions(story=story, notice=""), rules, GrokRules()) as (served, bot, here):
        player = Player(story, here.discord, here.grok, bot, served.troubles, album.paint)
        yield player, here, album
        assert here.discord.crashes == []


def said(channel: Channel) -> list[str]:
    return [message.content for message in channel.messages if message.content]


async def test_a_story_is_played_step_by_step_and_each_waits_for_its_answer() -> None:
    steps = """
- alice says: "@grokbot Hi, is @bob there? `@bob`"
  title: Greetings
  grok answers: Hello.
- bob says: I am.
  grok answers: So he is.
  pace: 5
  until: So
- wait: answer
- bob edits: I am here.
  message: I am.
  grok answers: So he is there.
- alice presses: Resample
  grok answers: He is.
- alice reacts: ⭐
- picture: thread
- alice posts: Lamps
  in: ideas
  text: "@grokbot How many?"
  grok answers: Three.
- picture: post
  last: 2
- mo calls: /mod block
  in: other
  with: { user: "@bob", reason: flooding }
- picture: block
- bob says: "@grokbot Again"
  in: other
  grok answers: nothing
  until: cannot use
- bob deletes: Again
- picture: left
  of: other
- alice calls: /ask
  in: elsewhere
  with: { question: "Hi?" }
  grok answers: Hello.
- alice presses: Ask more
- alice fills in: { Your next question: "And now?" }
  grok answers: Hello again.
"""
    async with played(steps) as (player, here, album):
        await player.play()
        (name, who, _, texts), post, block, left = album.pictures
        assert (name, who) == ("thread", "alice")
        assert [text for text in texts if text][-2:] == ["I am here.", "He is."]
        assert post[2] == "Lamps"
        assert post[3][-1] == "Three."
        assert block[:3] == ("block", "mo", "other")
        assert "is blocked" in block[3][-1]
        assert left[:3] == ("left", "bob", "other")
        assert "@grokbot Again" not in left[3]
        away = next(each for each in here.discord.world.guilds.values() if each.name != "Somewhere")
        assert here.discord.bot_user.id not in away.members
        assert [message.content.rpartition("\n")[2] for message in away.channels[0].ephemerals] == [
            "Hello.", "Hello again."
        ]  # fmt: skip
        assert player.answers == 7
        alice, bob = here.discord.people["alice"], here.discord.people["bob"]
        thread = here.discord.world.guilds[here.general.guild.id].threads[0]  # type: ignore[union-attr] # it has one
        assert thread.name == "Greetings"
        question = next(message for message in here.general.messages if message.author is alice)
        assert question.content == f"{here.discord.bot_user.mention} Hi, is {bob.mention} there? `@bob`"


async def test_a_bot_that_is_stopped_answers_once_it_is_back_and_a_failure_is_told() -> None:
    steps = """
- stop the bot
- alice says: "@grokbot Are you there?"
  grok answers: nothing
- start the bot
- wait: 0.1
- trouble: grok fails once
- bob says: "@grokbot And now?"
  in: other
  until: ⚠️
- picture: trouble
"""
    async with played(steps) as (player, _, album):
        await player.play()
        assert "⚠️" in album.pictures[0][3][-1]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("- alice presses: Resample", "a.yaml:7: there is no message with a button 'Resample' here."),
        ("- alice replies: x\n  message: never", "a.yaml:7: there is no message with 'never' here."),
        ("- alice says: x\n  in: thread", "a.yaml:7: there is no thread yet."),
        ("- alice calls: /nothing", "a.yaml:7: "),
        ("- alice calls: /mod settings", "a.yaml:7: "),
        ("- alice fills in: { Reason: x }", "a.yaml:7: the bot has shown no form."),
        ("- alice renames: x", "a.yaml:7: Discord refused that: "),
        ("- stop the bot\n- alice says: '@grokbot Hi'", "a.yaml:8: the bot does not run, so this never happens."),
    ],
)
async def test_what_cannot_be_done_is_told_with_its_line(step: str, told: str) -> None:
    async with played(step) as (player, here, _):
        await here.discord.until(lambda: here.discord.connected, 30)
        with pytest.raises(StoryError) as found:
            await player.play()
        assert str(found.value).startswith(told)
        assert str(found.value).endswith(".")


async def test_a_film_shows_each_message_once_it_is_whole() -> None:
    async with played('- alice says: "@grokbot [bold]Hi"\n  grok answers: Hello *there*.') as (player, here, _):
        shown = io.StringIO()
        film = Film(here.discord, Console(file=shown, width=100))
        await film.show(player.play())
        assert shown.getvalue().count("Hello there.") == 1
        assert "@grokbot [bold]Hi" in shown.getvalue()
        assert "[ Resample ]" in shown.getvalue()


async def test_options_of_commands_are_what_the_command_takes() -> None:
    async with DiscordSandbox(Rules().unlimited()) as discord:
        furnish(parse(STORY + "- wait: 1\n", "a.yaml"), discord)
        bob = discord.people["bob"]
        names = StoryNames(discord, {})
        assert [names.option(text, command_form.INTEGER) for text in ("2", "-3")] == [2, -3]
        assert names.option("0.7", command_form.NUMBER) == 0.7
        assert names.option("2", command_form.STRING) == "2"
        assert names.option("@bob", command_form.USER) is bob
        assert names.option("yes", command_form.BOOLEAN) is True
