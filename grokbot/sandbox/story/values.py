"""A story as values: a server, its people, and steps.

Not here: reading it from a file (parser.py), playing it (player.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from grokbot.sandbox.discord_server.state.model import Upload
from grokbot.sandbox.grok_server.media.pictures import painted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.sandbox.grok_server import Script

BOT = "@grokbot"
"""How a story mentions the bot."""

PICTURE_SIZE = (480, 320)
"""Width and height of an attached picture in pixels."""

THREAD, NEW_THREAD, DIRECT, ELSEWHERE = "thread", "new thread", "direct", "elsewhere"
"""Places beside channels: where Grok answered last, the newest thread, direct messages with the bot, and a server that
has not added it, where people use the app that they have installed.
"""

TROUBLES: Mapping[str, str] = MappingProxyType(
    {
        "cut the gateway": "gateway_cut",
        "the gateway stays away": "gateway_away",
        "discord refuses requests": "discord_refuses",
        "discord is slow": "discord_slow",
        "grok is slow": "grok_slow",
        "grok is overloaded": "grok_overloaded",
        "grok has no credit": "grok_no_credit",
        "grok hangs": "grok_hangs",
        "grok fails once": "grok_fails_once",
        "restart the bot": "bot_restart",
        "stop the bot": "bot_stop",
    }
)
"""What a story calls the page's troubles: their labels."""

Act = Literal[
    "says", "replies", "edits", "deletes", "reacts", "presses", "chooses", "fills in", "calls", "posts", "renames",
    "wait", "picture", "trouble",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody in a story: the name, the name that is shown, what they are, and the language of their Discord."""

    name: str
    shown: str
    role: Literal["member", "moderator", "owner"] = "member"
    locale: str = "en-US"


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One thing that happens.

    Attributes:
        line: Where it stands in the file.
        act: What happens.
        who: Who does it; empty for what nobody does.
        what: The text, label, command, emoji, name or trouble.
        place: Where; empty: where it went on before.
        message: Words of the message that is meant; empty: the newest that can be meant.
        options: Of a command, or what is filled into a form, by name.
        values: What is chosen in a select.
        scripts: How Grok answers, one script for each time that it is asked.
        title: How Grok names the conversation.
        answered: Whether an answer is waited for.
        until: Words; the story goes on once the bot shows them, and does not wait for the end of the answer.
        seconds: To wait; None with `wait` for the answer under way.
        last: How many messages a picture shows; 0 for all.
        on: Whether a trouble begins or ends.
        files: What is attached, by name: the text of a file, or what the colours of a picture depend on.
    """

    line: int
    act: Act
    who: str = ""
    what: str = ""
    place: str = ""
    message: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str] = ()
    scripts: Sequence[Script] = ()
    title: str = ""
    answered: bool = False
    until: str = ""
    seconds: float | None = None
    last: int = 0
    on: bool = True
    files: Mapping[str, str] = field(default_factory=dict)

    def uploads(self) -> tuple[Upload, ...]:
        """What is attached: a name that ends in .png is a picture, the others are texts."""
        return tuple(
            Upload(name, painted(text, *PICTURE_SIZE), "image/png")
            if name.endswith(".png")
            else Upload(name, text.encode(), "text/plain")
            for name, text in self.files.items()
        )


@dataclass(frozen=True, slots=True)
class Story:
    """What a file says.

    Attributes:
        file: Its name, for what is said about it.
        title: What the story is called.
        server: The name of the server in it.
        channels: Names of text channels.
        forums: Names of forums.
        people: Who is there, the first of whom a page begins as.
        steps: What happens.
    """

    file: str
    title: str
    server: str
    channels: Sequence[str]
    forums: Sequence[str]
    people: Sequence[PersonEntry]
    steps: Sequence[StoryStep]
