"""With languages of brackets, the people's and the server's, no word of the bot's own stands outside of them."""

from __future__ import annotations

import re
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any

import pytest
from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.metadata import single
from grokbot.languages import catalogs
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import walk
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Message, Person
    from grokbot.sandbox.discord_server.rules.protocol import Json

    from .play import Play

SHOWN = ("content", "label", "placeholder", "description", "title", "value")
MARKS = re.compile(r"<(?:t:|@|#|/|a?:)[^>]*>|https?://\S+|`[^`]*`|\]\([^)]*\)")
"""Times, mentions, addresses and code: not words of a language."""
WORDS = re.compile(r"[^\W\d_]{2,}")
ELSEWHERE = {"delete", "export", "new", "stop", "title", "mod stop", "mod log"}
"""Commands of the walk that need something else there, or answer with a file alone."""


PRIVATE, PUBLIC = ("⟦", "⟧"), ("⦃", "⦄")
"""The brackets of the language that people speak, and of their server's."""


class Bracketed(NullTranslations):
    """English in brackets."""

    def __init__(self, brackets: tuple[str, str]) -> None:
        super().__init__()
        self._left, self._right = brackets

    def gettext(self, message: str) -> str:
        return f"{self._left}{message}{self._right}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 - gettext's
        return self.gettext(message)


def outside(text: str, brackets: tuple[str, str]) -> list[str]:
    """The words that stand outside of brackets; a text that was cut short has lost its end."""
    (left, right), rest = brackets, text
    inner = re.compile(f"{left}[^{left}{right}]*{right}")
    while (shorter := inner.sub(" ", rest)) != rest:
        rest = shorter
    return WORDS.findall(MARKS.sub(" ", rest.partition(left)[0]))


def texts(parts: list[Json]) -> list[str]:
    """What people read in components: labels, hints, choices, texts; the values of choices are nobody's."""
    found = []
    for part in walk(parts):
        found += [str(part[key]) for key in SHOWN if part.get(key) and (key != "value" or part["type"] == TEXT_INPUT)]
        found += [str(option[key]) for option in part.get("options") or [] for key in SHOWN[:-2] if option.get(key)]
    return found


TEXT_INPUT = 4


def read(message: Message) -> list[str]:
    return [text for text in (message.content, *texts(message.components)) if text]


@pytest.fixture
async def here(begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(catalogs, "_read", lambda name: Bracketed(PUBLIC if name == "ja" else PRIVATE))
    play = await begin(start=False)
    play.alice.locale, play.guild.preferred_locale = "de", "ja"
    await play.start()
    return play


async def test_no_word_of_the_bots_own_is_outside_of_the_language(here: Play) -> None:
    mia = here.discord.create_user("mia")
    mia.locale = "de"
    here.guild.add_member(mia, roles=(here.guild.create_role("1", permissions=Permission.ADMINISTRATOR),))
    logs, said = here.guild.create_text_channel("2"), dict[str, list[str]]()

    async def does(person: Person, line: str, **options: Any) -> None:
        """What a command says to the person, in messages or in a form."""
        result = await person.slash(thread, line, **options)
        assert result.acknowledged
        await here.until(lambda: result.modal is not None or any(map(read, result.messages)))
        shown = texts([result.modal]) if result.modal is not None else [t for m in result.messages for t in read(m)]
        said[f"/{line}"] = shown

    here.grok.script(Script(text="42 42 42", reasoning="12", queries=("34",), hang_after_tokens=4))
    thread = await here.begin("1234")
    await here.until(lambda: here.said(thread) and "4" in here.said(thread)[-1])
    await does(mia, "mod log", channel=logs)
    await does(here.alice, "stop")
    await here.until(lambda: here.grok.running == 0)
    await does(here.alice, "title", text="5678")
    await does(mia, "mod filter add", pattern="9+", where="prompts", action="refuse")
    await does(mia, "mod limits set", what="turns_a_minute", amount="100", whom="member")
    here.says("42")
    for command in single(COMMANDS):
        if isinstance(command, app_commands.ContextMenu) or any(each.required for each in command.parameters):
            continue
        if command.qualified_name not in ELSEWHERE:
            await does(mia, command.qualified_name)
    choices = await here.alice.autocomplete(thread, "set", "persona", persona="")
    said["choices"] = [each["name"].partition(": ")[2] for each in choices]  # the names are what people type
    here.grok.script(Script(fail="refused"))
    await here.alice.say(thread, "88")
    await here.until(lambda: "declined" in here.said(thread)[-1])
    await here.bob.say(thread, "999")
    await here.ends_with(thread, PUBLIC[1])
    await does(mia, "mod block", user=here.bob, time="1h", reason="5")
    await here.bob.say(thread, "6")
    await here.until(lambda: "🚫" in "".join(here.said(logs)))
    assert len(said) > 30
    bare = {place: [text for text in shown if outside(text, PRIVATE)] for place, shown in said.items()}
    for channel in (thread, here.general, logs):
        shown = [text for message in here.messages(channel) for text in read(message)]
        assert PUBLIC[0] in "".join(shown) or channel is here.general
        bare[f"#{channel.name}"] = [text for text in shown if outside(text, PUBLIC) or PRIVATE[0] in text]
    assert {place: shown for place, shown in bare.items() if shown} == {}
