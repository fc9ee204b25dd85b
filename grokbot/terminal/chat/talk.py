"""A conversation in the terminal: sends messages, shows answers, follows what others do in it.

Not here: the slash commands (`slash_actions`), reading lines (`chat`), display (`screen`).
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from grokbot.sdk.choices import AS_IT_IS
from grokbot.sdk.errors import ApiError, StoppedError
from grokbot.terminal.chat.known_conversation import ConversationGone, Known, NewTitle, Spoken
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output.formats import in_a_line, printable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from grokbot.sdk import Client
    from grokbot.sdk.choices import Choices
    from grokbot.terminal.chat.known_conversation import News
    from grokbot.terminal.chat.screen import Answer, ChatScreen
    from grokbot.terminal.interrupts import Interrupts
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

    Stream = AsyncGenerator[chat_pb2.AddResponseResponse, None]

STOPPED = "Stopped. The text so far is kept."
NOTHING_THERE = "Stopped before the answer began."
PARTIAL = "The answer is incomplete."
IN_FULL = "(The model rewrote it:)"
DELETED = "This conversation was deleted. Your next message starts a new one."


class Talk:
    """One conversation at a time; none until a message is sent.

    Args:
        client: A client of the daemon.
        screen: The output.
        interrupts: Dispatches Ctrl-C.
        choices: How messages are answered.
    """

    def __init__(self, client: Client, screen: ChatScreen, interrupts: Interrupts, choices: Choices = AS_IT_IS) -> None:
        self.client = client
        self.screen = screen
        self.interrupts = interrupts
        self.known: Known | None = None
        self.told: Callable[[], object] = lambda: None
        """Called when there is news."""
        self.choices = choices
        self.attached: tuple[tuple[str, bytes], ...] = ()
        """Names and contents of the next message's files."""
        self.details: daemon_pb2.Answer | None = None
        """What is known of the last answer here."""
        self._news: list[News] = []
        self._following: asyncio.Task[None] | None = None
        self._follows = False

    # Choosing a conversation

    async def open(self, conversation_id: str) -> None:
        """Continue a conversation.

        Raises:
            NotFoundError: It does not exist, or the caller may not see it.
        """
        info = await self.client.daemon.info(conversation_id)
        read = await self.client.daemon.read(conversation_id)
        leaf = info.leaf_response_id or info.branched_from
        self._take(Known(conversation_id, leaf, info.conversation.title, branched_from=info.branched_from))
        assert self.known is not None  # noqa: S101 - for the type checker: just loaded
        for response in read.responses:
            self.known.take(response)

    def leave(self) -> None:
        """Make the next message begin a new conversation."""
        self.known = None
        self._unfollow()

    def _take(self, known: Known) -> None:
        self._unfollow()
        self.known, self.details = known, None
        if self._follows:
            self._following = asyncio.create_task(self._follow(known))

    # Following others

    def follow(self) -> None:
        """Follow what others do, until `close`."""
        self._follows = True
        if self.known is not None and self._following is None:
            self._following = asyncio.create_task(self._follow(self.known))

    async def close(self) -> None:
        """Stop following."""
        following = self._following
        self._follows = False
        self._unfollow()
        if following is not None:
            await asyncio.wait([following])

    def show_news(self) -> None:
        """Show others' actions since the last call, but not while an answer is shown."""
        news, self._news = self._news, []
        for one in news:
            match one:
                case Spoken(response) if self.known is None or response.response_id not in self.known.own:
                    self.screen.response(response)
                    self.screen.gap()
                case NewTitle(title):
                    self.screen.remark(f"It is called “{in_a_line(title)}” now.")
                case ConversationGone():
                    self.screen.remark(DELETED)

    @property
    def has_news(self) -> bool:
        """Whether there is news to show."""
        return bool(self._news) and (self.known is None or self.known.asking is None)

    def _unfollow(self) -> None:
        if self._following is not None:
            self._following.cancel()
        self._following = None
        self._news.clear()

    async def _follow(self, known: Known) -> None:
        """Follow as long as the daemon is there; the next message notices if it is not."""
        try:
            async with aclosing(self.client.daemon.watch(known.conversation_id)) as happenings:
                async for happening in happenings:
                    news = known.told(happening)
                    if news is not None:
                        self._news.append(news)
                        self.told()
        except ApiError:
            return
        finally:
            if self._following is asyncio.current_task():
                self._following = None

    # Messages and answers

    async def say(self, text: str) -> None:
        """Send a message and show the answer.

        Raises:
            ApiError: The answer failed or broke off.
            CommandFailedError: It was stopped here.
            UnicodeError: The text is invalid.
        """
        text.encode()  # before anything is created
        known = None if self.known is None or self.known.gone else self.known
        if self._follows:
            self.follow()
        attached, self.attached = self.attached, ()
        asked = self.client.daemon.ask(
            text,
            self.choices,
            conversation_id=known.conversation_id if known else "",
            parent_id=known.leaf_id if known else "",
            attachments=attached,
        )
        await self.answered(self._parts(asked), "")

    async def _parts(self, asked: AsyncGenerator[daemon_pb2.AskResponse, None]) -> Stream:
        """The answer's parts; its conversation and what is known of it are kept here."""
        async with aclosing(asked):
            async for told in asked:
                match told.WhichOneof("response"):
                    case "conversation":
                        self._begun(told.conversation)
                    case "part":
                        yield told.part
                    case "answer":
                        self.details = told.answer

    def _begun(self, conversation: chat_pb2.Conversation) -> None:
        if self.known is None or self.known.conversation_id != conversation.conversation_id:
            self._take(Known(conversation.conversation_id, asking=""))

    async def answered(self, stream: Stream, asking: str) -> None:
        """Show an answer while it streams. `asking`: the human response that it answers, if known.

        Raises:
            ApiError: The answer failed or broke off.
            CommandFailedError: It was stopped here.
        """
        if self.known is not None:
            self.known.asking = asking
        self.details = None
        final: chat_pb2.Response | None = None
        stopping: list[asyncio.Task[None]] = []
        try:
            async with self.screen.answer() as shown:
                reading = asyncio.create_task(self._read(stream, shown))
                with self.interrupts.heard_by(lambda: self._stop(reading, shown, stopping)):
                    try:
                        await asyncio.wait([reading])
                    finally:
                        reading.cancel()
                final = _result(reading, stopped=bool(stopping))
        except ApiError:
            self.screen.gap()
            raise
        finally:
            if self.known is not None:
                self.known.asking = None
            for task in stopping:
                task.cancel()
        self._end(final, stopped=bool(stopping))
        if final is not None:
            self.screen.ended(final.message, await self.known_of(final.response_id))

    async def known_of(self, response_id: str) -> daemon_pb2.Answer:
        """What is known of an answer beyond its text; asked for if it is not the last one here.

        Raises:
            ApiError: It could not be read.
        """
        if self.details is None or self.details.response_id != response_id:
            self.details = await self.client.daemon.answer(response_id)
        return self.details

    def _stop(
        self, reading: asyncio.Task[chat_pb2.Response | None], shown: Answer, stopping: list[asyncio.Task[None]]
    ) -> None:
        """The first time, ask the daemon to stop, which keeps the text; the second time, stop waiting."""
        if stopping or self.known is None:
            reading.cancel()
            return
        shown.doing("Stopping")
        stopping.append(asyncio.create_task(self._ask_to_stop(self.known.conversation_id, reading)))

    async def _ask_to_stop(self, conversation_id: str, reading: asyncio.Task[chat_pb2.Response | None]) -> None:
        try:
            await self.client.daemon.stop(conversation_id)
        except ApiError:  # it has not begun there yet, or the daemon is gone
            reading.cancel()

    async def _read(self, stream: Stream, shown: Answer) -> chat_pb2.Response | None:
        final: chat_pb2.Response | None = None
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                known = self._here()
                match piece.WhichOneof("response"):
                    case "user_response":
                        known.own.add(piece.user_response.response_id)
                        known.asking = piece.user_response.response_id
                        known.take(piece.user_response)
                    case "query_action":
                        shown.query(piece.query_action.query, piece.query_action.type)
                    case "token" if piece.token.HasField("token"):
                        shown.piece(piece.token.token.final_logit.string_token)
                    case "model_response":
                        final = piece.model_response
        if final is not None:
            known = self._here()
            known.own.add(final.response_id)
            known.take(final)
            known.leaf_id = final.response_id
            _complete(shown, final)
        return final

    def _here(self) -> Known:
        if self.known is None:
            raise CommandFailedError(NOTHING_THERE)
        return self.known

    def _end(self, final: chat_pb2.Response | None, *, stopped: bool) -> None:
        if stopped:
            self.screen.gap()
            self.screen.remark(STOPPED if final is not None else NOTHING_THERE)
            raise CommandFailedError(STOPPED, Exit.INTERRUPTED)
        if final is not None and final.partial:
            self.screen.problem(PARTIAL)


def _result(reading: asyncio.Task[chat_pb2.Response | None], *, stopped: bool) -> chat_pb2.Response | None:
    """The final response; None if the call was ended here.

    Raises:
        ApiError: It failed.
    """
    if reading.cancelled() or not reading.done():
        return None
    try:
        return reading.result()
    except StoppedError:
        if stopped:
            return None
        raise


def _complete(shown: Answer, final: chat_pb2.Response) -> None:
    """Show what is missing of the stored answer, or all of it if it differs from the pieces."""
    whole = printable(final.message)
    if whole.startswith(shown.text):
        shown.piece(whole[len(shown.text) :])
    elif whole.strip() != shown.text.strip():
        shown.piece(f"\n\n{IN_FULL}\n\n{whole}")
