"""One conversation in all rooms at once: people in its thread, a program at the API, readers of its page.

The daemon is a process of its own here, the program speaks bare gRPC, and both see the same, live.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from grokbot.discord_bot.notices.texts.answer_text import STOPPED
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.grok_server import GrokRules, Script
from grokbot.sandbox.stage import Stage, stage
from tests.daemon_process import DaemonProcess, daemon_process
from tests.panel_words import panel_text
from tests.program import Program, program_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.wire.prompt_ide.chat_pb2 import Conversation

WAIT = 30.0
SEVEN, TIBER, OLD = "Seven hills.", "The Tiber.", "Two thousand years."
QUESTION = "**alice** (API): Which river?"
LONG = " ".join(f"word{number}" for number in range(1500))


@dataclass
class Rooms:
    """The daemon between a Discord, a Grok and whoever opens its socket."""

    here: Stage
    folder: Path
    private: Path

    @property
    def target(self) -> str:
        return f"unix:{self.private}/api.sock"

    def says(self, text: str, **more: float) -> None:
        self.here.grok.script(Script(text=text, reasoning="", **more))  # type: ignore[arg-type] # numbers, as the script has them

    def messages(self, thread: Channel) -> list[Message]:
        return [m for m in thread.messages if m.author is self.here.discord.bot_user and m.kind in {0, 19, 20}]

    async def until(self, true: Callable[[], object]) -> None:
        await self.here.discord.until(true, WAIT)

    async def reads(self, thread: Channel, *texts: str) -> None:
        """Waits until the bot's messages are exactly these."""
        await self.until(lambda: [message.content for message in self.messages(thread)] == list(texts))

    async def told(self, channel: Channel, command: str, **options: bool) -> str:
        """What alice is told privately who gives a command."""
        result = await self.here.alice.slash(channel, command, **options)
        await self.until(lambda: result.messages and (result.messages[-1].content or result.messages[-1].components))
        return str(result.messages[-1].content) or panel_text(result.messages[-1].components)

    async def begin(self) -> Channel:
        """Alice asks in a channel; the thread, with the answer in it."""
        self.says(SEVEN)
        await self.here.alice.say(self.here.general, "<@BOT> On what was Rome built?")
        await self.until(lambda: self.here.general.threads)
        [thread] = self.here.general.threads
        await self.reads(thread, SEVEN)
        return thread

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[DaemonProcess]:
        environment = {
            "GROKBOT_API__LISTEN": self.target,
            "GROKBOT_WEB__LISTEN": f"unix:{self.private}/web.sock",
            "GROKBOT_WEB__PUBLIC_URL": "http://127.0.0.1:8080",
        }
        async with daemon_process(self.here, self.folder, environment) as daemon:
            yield daemon

    @asynccontextmanager
    async def program(self) -> AsyncIterator[tuple[Program, str]]:
        """Alice's program, and the only conversation's id."""
        async with program_at(self.target) as operator:
            program = await operator.of(self.here.alice.id, "alice")
            [conversation] = await program.conversations()
            yield program, conversation.conversation_id

    async def page(self, token: str) -> tuple[int, str]:
        """What a reader with a share's address gets."""
        connector = aiohttp.UnixConnector(f"{self.private}/web.sock")
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(f"http://127.0.0.1:8080/s/{token}") as answer,
        ):
            return answer.status, await answer.text()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Rooms]:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(stage(Rules().unlimited(), GrokRules(tokens_per_second=500)))
        # A socket's path has 107 bytes at most, and a test's own folder may have more.
        private = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rooms-")))
        yield Rooms(here, folder, private)
        assert here.discord.count_429 == 0
        assert here.discord.unknown_routes == []
        assert here.discord.crashes == []


def texts(conversation: Conversation) -> list[tuple[str, str]]:
    return [("human" if each.sender == "human" else "model", each.message) for each in conversation.responses]


async def test_what_is_said_in_one_room_is_heard_in_the_others_and_a_kill_loses_none_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as rooms:
        async with rooms.daemon() as daemon:
            thread = await rooms.begin()
            async with rooms.program() as (program, conversation_id), program.watching(conversation_id) as seen:
                rooms.says(TIBER)
                said = await program.say(conversation_id, "Which river?")
                assert said.text == TIBER
                await rooms.reads(thread, SEVEN, QUESTION, TIBER)

                rooms.says(OLD)
                await rooms.here.bob.say(thread, "How old is it?")
                await rooms.reads(thread, SEVEN, QUESTION, TIBER, OLD)
                await seen.until(lambda told: any(each.model_response.message == OLD for each in told))
                assert [each.user_response.message for each in seen.happenings if each.HasField("user_response")] == [
                    "Which river?",
                    "How old is it?",
                ]
                assert texts(await program.read(conversation_id)) == [
                    ("human", "On what was Rome built?"),
                    ("model", SEVEN),
                    ("human", "Which river?"),
                    ("model", TIBER),
                    ("human", "How old is it?"),
                    ("model", OLD),
                ]
                rooms.says(LONG, tokens_per_second=1500.0, hang_after_tokens=1400)
                saying = asyncio.create_task(program.say(conversation_id, "Tell me all."))
                await rooms.until(lambda: "word600" in rooms.messages(thread)[-1].content)  # over 4 KiB: written down
                await daemon.kill()
                await asyncio.wait([saying])
                assert saying.exception() is not None
        async with rooms.daemon() as daemon:
            await rooms.until(lambda: "restarted" in rooms.messages(thread)[-1].content)
            told = [message.content for message in rooms.messages(thread)][4:]
            assert told[0] == "**alice** (API): Tell me all."
            assert told[1].startswith("word0 word1 ")
            async with rooms.program() as (program, conversation_id):
                last = (await program.read(conversation_id)).responses[-1]
                assert last.partial
                assert LONG.startswith(last.message)
                assert len(last.message) > 4000
                rooms.says("All that I know.")
                await program.say(conversation_id, "Once more?")
                await rooms.until(lambda: rooms.messages(thread)[-1].content == "All that I know.")
            assert await daemon.terminate() == 0


async def test_variants_stops_titles_stars_and_shares_are_the_same_ones_on_both_sides(tmp_path: Path) -> None:
    async with opened(tmp_path) as rooms, rooms.daemon():
        thread = await rooms.begin()
        alice, bob = rooms.here.alice, rooms.here.bob
        async with rooms.program() as (program, conversation_id), program.watching(conversation_id) as seen:
            first = await program.last(conversation_id)

            rooms.says(TIBER)
            second = (await program.resample(first)).answer
            assert second is not None
            await rooms.reads(thread, TIBER)
            await program.select(first)
            await rooms.reads(thread, SEVEN)
            await rooms.until(lambda: "1/2" in [b["label"] for b in rooms.messages(thread)[0].buttons()])
            await alice.press(rooms.messages(thread)[0], label="›")  # noqa: RUF001 - as the button says
            await rooms.reads(thread, TIBER)
            await seen.until(lambda told: told[-1].leaf_response_id == second.response_id)

            rooms.says(LONG, tokens_per_second=100.0)
            saying = asyncio.create_task(program.say(conversation_id, "Tell me all."))
            await rooms.until(lambda: "word20" in rooms.messages(thread)[-1].content)
            await alice.press(rooms.messages(thread)[-1], label="Stop")
            stopped = (await saying).answer
            assert stopped is not None
            assert stopped.partial
            rooms.says(LONG, tokens_per_second=100.0)
            await bob.say(thread, "And now?")
            await rooms.until(lambda: rooms.messages(thread)[3:] and "word20" in rooms.messages(thread)[3].content)
            async with program_at(rooms.target) as operator:
                await operator.stop(conversation_id)
            await rooms.until(lambda: rooms.messages(thread)[-1].content.endswith(STOPPED))

            await program.update(conversation_id, title="Rome", starred=True)
            await rooms.until(lambda: thread.name == "Rome")
            assert "Rome" in await rooms.told(rooms.here.general, "history", starred=True)
            await rooms.told(thread, "unstar")
            threads.modify(
                rooms.here.discord.world, rooms.here.discord.world.owner, thread, {"name": "The eternal city"}
            )
            await seen.until(lambda told: any(each.title == "The eternal city" for each in told))
            now = await program.read(conversation_id)
            assert (now.title, now.starred) == ("The eternal city", False)

            token = await program.share(conversation_id, second.response_id)
            status, page = await rooms.page(token)
            assert (status, TIBER in page, SEVEN in page) == (200, True, False)
            assert [each.message for each in (await program.read(conversation_id)).responses if each.shared] == [TIBER]
            await rooms.told(thread, "unshare")
            assert (await rooms.page(token))[0] == 404
            assert not any(each.shared for each in (await program.read(conversation_id)).responses)
