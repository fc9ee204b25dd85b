"""`grokbot chat`: reads lines, and runs each as a message or a command.

Not here: a conversation (`talk`), its commands (`slash_actions`), the command's options (`commands.commands`).
"""

from __future__ import annotations

import asyncio
import os
import select
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.sdk.choices import AS_IT_IS
from grokbot.sdk.errors import ApiError
from grokbot.terminal.attached_files import STANDARD_INPUT, read_files
from grokbot.terminal.chat.answer_actions import attached_now
from grokbot.terminal.chat.keyboard import quiet
from grokbot.terminal.chat.screen import ChatScreen, Form
from grokbot.terminal.chat.slash_actions import do, opened
from grokbot.terminal.chat.slash_commands import SlashCommand, read
from grokbot.terminal.chat.talk import Talk
from grokbot.terminal.commands.targets import chosen, newest
from grokbot.terminal.daemon_access import PLAYED, Way, done, failure, reached_or_begun
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.interrupts import Interrupts
from grokbot.terminal.short_ids import may_be_an_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sdk import Client
    from grokbot.sdk.choices import Choices
    from grokbot.terminal.chat.prompt import ChatPrompt

GREETING = "Type a message. /help lists commands, Ctrl-D quits."
NEEDS_TEXT = "--json, --extract and --extract-last are for one question: pass TEXT, or a question on standard input."
HOW_TO_END = "Ctrl-D ends."

IDLE_SECONDS = 5.0
"""How long to wait for data on a pipe when there is also a TEXT, before assuming that nobody writes to it."""

LOOK_SECONDS = 0.2
"""How often to check whether to keep waiting: Ctrl-C ends the wait then."""

MOST_CHARACTERS = 4_000_000
"""Maximum to read from it; the daemon's limit is far lower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """The command's options."""

    target: str | None = None
    key: str | None = None
    continued: str | None = None
    """None: a new conversation; "": the one changed last; else an id, or a part of one."""
    choices: Choices = AS_IT_IS
    form: Form = Form.STREAM
    usage: bool = False
    sandbox: bool = False
    config: Path | None = None
    text: str = ""
    files: tuple[str, ...] = ()
    """Sent with the first message."""

    @property
    def begins_at_a_prompt_in_the_sandbox(self) -> bool:
        """Whether nothing has to be known or said before a person types."""
        said = self.text or self.files or self.continued is not None
        return self.sandbox and not said and self.form in {Form.STREAM, Form.WHOLE}


def run(wanted: ChatOptions) -> int:
    """Run the conversation. Returns the exit code.

    Raises:
        CommandFailedError: With a message for standard error.
    """
    if wanted.continued and not may_be_an_id(wanted.continued):
        raise CommandFailedError(
            f"“{wanted.continued}” is no id. To say it in the newest: --continue -- TEXT", Exit.USAGE
        )
    try:
        return done(_run(wanted))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return Exit.INTERRUPTED


async def _run(wanted: ChatOptions) -> int:
    screen, interrupts = ChatScreen(wanted.form, usage=wanted.usage), Interrupts()
    async with AsyncExitStack() as stack:
        stack.enter_context(interrupts.listening())
        way = Way(wanted.target, wanted.key)
        ahead = None
        if screen.drawn and sys.stdin.isatty() and wanted.begins_at_a_prompt_in_the_sandbox:
            ahead = await stack.enter_async_context(_prompted(screen, interrupts))
        tell = screen.aside if ahead is None else str
        access = reached_or_begun(way, sandbox=wanted.sandbox, config=wanted.config, tell=tell)
        client = await stack.enter_async_context(access)
        talk = Talk(client, screen, interrupts, wanted.choices)
        stack.push_async_callback(talk.close)
        if wanted.continued is not None:
            await talk.open(await _conversation(client, wanted.continued))
        talk.attached = await asyncio.to_thread(read_files, wanted.files)
        if wanted.text == STANDARD_INPUT:
            return await _say(talk, (await asyncio.to_thread(sys.stdin.read, MOST_CHARACTERS)).strip())
        if wanted.text or STANDARD_INPUT in wanted.files:
            beside = "" if STANDARD_INPUT in wanted.files else await _beside()
            return await _say(talk, f"{wanted.text}\n\n{beside}".strip())
        if screen.drawn and sys.stdin.isatty():
            if wanted.form not in {Form.STREAM, Form.WHOLE}:
                raise CommandFailedError(NEEDS_TEXT, Exit.USAGE)
            prompt, first = ahead or (_prompt(kept=not wanted.sandbox), None)
            await _hold(talk, prompt, first)
            return Exit.DONE
        return await _say_lines(talk, required=wanted.form not in {Form.STREAM, Form.WHOLE})


async def _conversation(client: Client, given: str) -> str:
    return (await chosen(client, [given]))[0] if given else await newest(client)


async def _beside() -> str:
    """Standard input in addition to a TEXT; "" for a terminal, and for a pipe that nobody writes to."""
    try:
        descriptor = sys.stdin.fileno()
        if os.isatty(descriptor):
            return ""
        waited = 0.0
        while not (await asyncio.to_thread(select.select, [descriptor], [], [], LOOK_SECONDS))[0]:
            waited += LOOK_SECONDS
            if waited >= IDLE_SECONDS:
                return ""
        return await asyncio.to_thread(sys.stdin.read, MOST_CHARACTERS)
    except (AttributeError, OSError):  # it is missing or closed
        return ""


async def _say(talk: Talk, text: str) -> int:
    """Ask one question, show its answer, and end."""
    if not text and not talk.attached:
        raise CommandFailedError("Nothing to send.", Exit.USAGE)
    try:
        await talk.say(text)
    except CommandFailedError as stopped:
        return stopped.exit_code
    return Exit.DONE


async def _say_lines(talk: Talk, *, required: bool) -> int:
    """Send each line of standard input as a message; stop at the first failure.

    `required`: whether there must be one, for a program waits for the answer.
    """
    async for line in _lines():
        wanted = read(line)
        required = required and not wanted
        if isinstance(wanted, SlashCommand):
            if not await do(talk, wanted):
                return Exit.DONE
        elif wanted and (code := await _say(talk, wanted)):
            return code
    if required:
        raise CommandFailedError(NEEDS_TEXT, Exit.USAGE)
    return Exit.DONE


async def _lines() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline, MOST_CHARACTERS):
        yield line


def _prompt(*, kept: bool) -> ChatPrompt:
    """`kept`: whether to save the input history."""
    from grokbot.terminal.chat.prompt import ChatPrompt, history  # noqa: PLC0415 - not needed where nobody types

    return ChatPrompt(history(os.environ if kept else {}))


@asynccontextmanager
async def _prompted(
    screen: ChatScreen, interrupts: Interrupts
) -> AsyncIterator[tuple[ChatPrompt, asyncio.Task[str | None]]]:
    """A prompt that is there before what answers, and the line that is typed meanwhile."""
    prompt = _prompt(kept=False)
    with quiet(), interrupts.heard_by(lambda: None):
        screen.aside(PLAYED)
        screen.remark(GREETING)
        first = asyncio.create_task(_typed(prompt, screen))
        try:
            yield prompt, first
        finally:
            first.cancel()
            await asyncio.wait([first])


async def _hold(talk: Talk, prompt: ChatPrompt, first: asyncio.Task[str | None] | None) -> None:
    """Prompt for lines until there are no more.

    `first`: the line that is being typed already, below the greeting.
    """
    showing: set[asyncio.Task[None]] = set()

    def news() -> None:
        if talk.has_news:
            task = asyncio.create_task(prompt.above(talk.show_news))
            showing.add(task)
            task.add_done_callback(showing.discard)

    talk.told = news
    talk.follow()
    with quiet(), talk.interrupts.heard_by(lambda: None):  # between two prompts Ctrl-C has nothing to stop
        if first is None:
            talk.screen.remark(opened(talk.known) if talk.known is not None else GREETING)
            if talk.attached:
                talk.screen.remark(attached_now(talk))
        line = await (first or _typed(prompt, talk.screen))
        while line is not None and await _answered(talk, line):
            talk.show_news()
            line = await _typed(prompt, talk.screen)


async def _typed(prompt: ChatPrompt, screen: ChatScreen) -> str | None:
    """A line; None for Ctrl-D. Ctrl-C says how to end, and empties the line."""
    try:
        return await prompt.line()
    except KeyboardInterrupt:
        screen.remark(HOW_TO_END)
        return ""
    except EOFError:
        return None


async def _answered(talk: Talk, line: str) -> bool:
    """Process a line. Returns False to end."""
    wanted = read(line)
    if not wanted:
        return True
    try:
        if not await _done(talk, wanted):
            return False
    except ApiError as error:
        talk.screen.problem(failure(error).message)
    except CommandFailedError as failed:
        if failed.exit_code != Exit.INTERRUPTED:
            talk.screen.problem(failed.message)
    talk.screen.gap()
    return True


async def _done(talk: Talk, wanted: SlashCommand | str) -> bool:
    if isinstance(wanted, SlashCommand):
        doing = asyncio.create_task(do(talk, wanted))
        with talk.interrupts.heard_by(doing.cancel):
            await asyncio.wait([doing])
        return doing.cancelled() or doing.result()
    talk.screen.gap()
    await talk.say(wanted)
    return True
