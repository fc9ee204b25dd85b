"""A stored conversation: a forest of responses, and a leaf below which the next one is added.

Here: the local copy of it, and its calls. Not here: single responses (`response`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import UTC
from typing import TYPE_CHECKING

from grokbot.sdk.answers import Answer, answer_of, settle, settling
from grokbot.sdk.chat import FUN
from grokbot.sdk.connection import messages
from grokbot.sdk.events import happening_of
from grokbot.sdk.response import Response
from grokbot.sdk.stubs import beside
from grokbot.wire.grokbot.daemon_pb2 import WatchRequest
from grokbot.wire.prompt_ide import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from datetime import datetime

    from grokbot.sdk.events import Happening
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide.chat_pb2_grpc import ChatAsyncStub

log = logging.getLogger(__name__)


class Conversation:
    """A stored conversation. It is a forest: it may have several roots, and every response several children.

    The client keeps a copy: `load` and `refresh` update it, `watch` keeps it current. One answer
    at a time: the daemon refuses a second one meanwhile, whoever asks for it.

    Args:
        stub: The service.
        model_name: The xAI model that answers; "" is the conversation's own.
        fun_mode: Whether Grok answers as the fun persona.
        conversation_id: Its id; None for one that is created by its first message.
        dev_only_use_grok: False talks to the raw model: no search, no system prompt, no fun mode.
    """

    def __init__(
        self,
        stub: ChatAsyncStub,
        model_name: str,
        fun_mode: bool,
        conversation_id: str | None,
        dev_only_use_grok: bool = True,
    ) -> None:
        self._stub = stub
        self._conversation_id = conversation_id
        self._conversation: chat_pb2.Conversation | None = None
        self._responses: dict[str, Response] = {}
        self._leaf_response_id: str | None = None
        self._deleted = False
        self._model_name = model_name
        self._fun_mode = fun_mode
        self._use_grok = dev_only_use_grok
        self._beginning = asyncio.Lock()

    # From the local copy, without a call.

    @property
    def conversation_id(self) -> str:
        """Its id.

        Raises:
            ValueError: It has no message yet, or is not loaded.
            RuntimeError: It was deleted, as everywhere here.
        """
        return self._known().conversation_id

    @property
    def title(self) -> str:
        """Its title; "" if it has none.

        Raises:
            ValueError: It has no message yet, or is not loaded.
        """
        return self._known().title

    @property
    def create_time(self) -> datetime:
        """When it began, in UTC.

        Raises:
            ValueError: It has no message yet, or is not loaded.
        """
        return self._known().create_time.ToDatetime(UTC)

    @property
    def starred(self) -> bool:
        """Whether the caller has starred it.

        Raises:
            ValueError: It has no message yet, or is not loaded.
        """
        return self._known().starred

    @property
    def root_responses(self) -> Generator[Response]:
        """The responses without a parent, oldest first."""
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id is None:
                yield response

    def get_response(self, response_id: str) -> Response:
        """A response by its id.

        Raises:
            KeyError: The local copy has none.
        """
        self._check_not_deleted()
        return self._responses[response_id]

    def get_children(self, parent_response_id: str) -> Generator[Response]:
        """The children of a response, oldest first.

        The documented SDK compared the wrong id and never found a child.
        """
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id == parent_response_id:
                yield response

    def set_leaf_response_id(self, leaf_response_id: str | None) -> None:
        """Set the parent of the next message; None for a new root. `Response.select` does the same."""
        self._check_not_deleted()
        self._leaf_response_id = leaf_response_id

    def register_response(self, response: Response) -> None:
        """Add a response to the local copy. Nothing is sent."""
        self._check_not_deleted()
        self._responses[response.response_id] = response

    def taken(self, response: chat_pb2.Response) -> Response:
        """Add a response from the service to the local copy; an existing object is updated in place."""
        known = self._responses.get(response.response_id)
        if known is None:
            known = Response(response, self, self._stub)
            self.register_response(known)
        else:
            known.update(response)
        return known

    def take(self, conversation: chat_pb2.Conversation) -> None:
        """Replace the local copy by the service's; responses it no longer has are dropped."""
        self._conversation = conversation
        there = [self.taken(response) for response in conversation.responses]
        self._responses = {response.response_id: response for response in there}

    # Updating it.

    async def load(self) -> None:
        """Load it with all its responses; the newest one becomes the leaf.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: It does not exist, or the caller may not see it.
        """
        await self.refresh()
        self._leaf_response_id = next(reversed(self._responses), None)

    async def refresh(self) -> None:
        """As `load`, but keeps the leaf.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: It no longer exists.
        """
        self._check_not_deleted()
        if self._conversation_id is None:
            raise ValueError("A conversation without an id cannot be loaded: send a message first.")
        request = chat_pb2.GetConversationRequest(conversation_id=self._conversation_id)
        self.take(await self._stub.GetConversation(request))

    def watch(self) -> AsyncGenerator[Happening, None]:
        """Load it, then yield what happens in it, wherever: here, in Discord, in other programs.

        The local copy is updated: responses, title, and deletion, which ends the watch. The leaf
        does not move. Closing the generator ends the watch.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: It does not exist, or the caller may not see it.
        """
        self._check_not_deleted()
        if self._conversation_id is None:
            raise ValueError("A conversation without an id cannot be watched: send a message first.")
        return self._watched(self._conversation_id)

    async def _watched(self, conversation_id: str) -> AsyncGenerator[Happening, None]:
        call = beside(self._stub).daemon.Watch(WatchRequest(conversation_id=conversation_id))
        async with aclosing(messages(call)) as happenings:
            async for told in happenings:
                happening = self._followed(told)
                if happening is not None:
                    yield happening

    def _followed(self, told: daemon_pb2.Happening) -> Happening | None:
        kind = told.WhichOneof("happening")
        if kind == "conversation":
            self.take(told.conversation)
        elif kind == "title":
            self._known().title = told.title
        elif kind == "deleted":
            self._deleted = True
        return happening_of(told, self.taken)

    # Talking.

    def add_response(self, user_message: str) -> Answer[Response]:
        """Say something below the leaf, and get an answer, which becomes the leaf.

        This creates a conversation that has no id yet. In the documented SDK the token stream ended silently on an
        error; here it raises it.

        Args:
            user_message: The person's message; "" adds none and has the leaf, a human's response, answered.

        Returns:
            A stream of the answer's text, and a future of the whole answer; see `Answer`.

        Raises:
            RuntimeError: At once, if the conversation was deleted. From the stream and from the future, if the daemon
                did not send the final response.
            ApiError: From the stream and from the future, if it fails. The daemon still stores the message and what was
                received (`refresh` loads it); the leaf stays.
        """
        self._check_not_deleted()
        return answer_of(lambda response: self._tokens(user_message, None, response, at_leaf=True))

    def sample(self, user_message: str, parent_response_id: str | None) -> Answer[Response]:
        """As `add_response`, but below any response, regardless of the leaf; None for a new root."""
        self._check_not_deleted()
        return answer_of(lambda response: self._tokens(user_message, parent_response_id, response))

    async def add_model_response(
        self, message: str, parent_response_id: str | None, *, partial: bool = False
    ) -> Response:
        """Add an answer that you wrote, below any response; it becomes the leaf.

        Args:
            message: Its text.
            parent_response_id: Its parent; None for a new root.
            partial: Whether it counts as an unfinished answer.
        """
        await self._ready()
        request = chat_pb2.AddModelResponseRequest(
            conversation_id=self._conversation_id or "",
            message=message,
            partial=partial,
            parent_response_id=parent_response_id or "",
        )
        response = self.taken(await self._stub.AddModelResponse(request))
        self._leaf_response_id = response.response_id
        return response

    async def _tokens(
        self, message: str, parent_id: str | None, response: asyncio.Future[Response], *, at_leaf: bool = False
    ) -> AsyncGenerator[str, None]:
        with settling(response):
            await self._ready()
            request = chat_pb2.AddResponseRequest(
                conversation_id=self._conversation_id or "",
                message=message,
                model_name=self._model_name,
                parent_response_id=(self._leaf_response_id if at_leaf else parent_id) or "",
                use_grok=self._use_grok,
                system_prompt_name=FUN if self._fun_mode else "",
            )
            async with aclosing(messages(self._stub.AddResponse(request))) as answered:
                async for part in answered:
                    if part.HasField("token"):
                        if part.token.HasField("token"):
                            yield part.token.token.final_logit.string_token
                    elif part.HasField("user_response"):
                        self.taken(part.user_response)
                    elif part.HasField("model_response"):
                        answer = self.taken(part.model_response)
                        self._leaf_response_id = answer.response_id
                        settle(response, answer)
                    elif part.HasField("query_action"):
                        log.debug("sdk.query type=%s", part.query_action.type)

    # Managing it.

    async def set_title(self, title: str) -> None:
        """Set its title; "" keeps the old one."""
        await self._update(title, starred=self._known().starred)

    async def generate_title(self) -> str:
        """Have Grok write a title for the path to the leaf, and set it. Returns it."""
        request = chat_pb2.GenerateTitleRequest(
            conversation_id=self._known().conversation_id, leaf_response_id=self._leaf_response_id or ""
        )
        title = (await self._stub.GenerateTitle(request)).new_title
        self._known().title = title
        return title

    async def star(self) -> None:
        """Star it, for the caller.

        The documented SDK also wrote back the local title, over a newer one from elsewhere.
        """
        await self._update("", starred=True)

    async def unstar(self) -> None:
        """Remove the caller's star. The title stays, as with `star`."""
        await self._update("", starred=False)

    async def _update(self, title: str, *, starred: bool) -> None:
        known = self._known()
        request = chat_pb2.UpdateConversationRequest(
            conversation_id=known.conversation_id, title=title, starred=starred
        )
        updated = await self._stub.UpdateConversation(request)
        known.title, known.starred = updated.title, updated.starred

    async def delete(self) -> None:
        """Delete it permanently, in Discord too. Everything here raises `RuntimeError` from then on."""
        request = chat_pb2.DeleteConversationRequest(conversation_id=self._known().conversation_id)
        await self._stub.DeleteConversation(request)
        self._deleted = True

    async def _ready(self) -> None:
        """Make sure that it exists and is loaded."""
        self._check_not_deleted()
        if self._conversation is not None:
            return
        async with self._beginning:  # two concurrent first messages must not create two conversations
            if self._conversation_id is None:
                self._conversation = await self._stub.CreateConversation(chat_pb2.CreateConversationRequest())
                self._conversation_id = self._conversation.conversation_id
            elif self._conversation is None:
                await self.load()

    def _known(self) -> chat_pb2.Conversation:
        self._check_not_deleted()
        if self._conversation_id is None:
            raise ValueError("The conversation does not exist yet: send a message first.")
        if self._conversation is None:
            raise ValueError("The conversation is not loaded: await load() first.")
        return self._conversation

    def _check_not_deleted(self) -> None:
        if self._deleted:
            raise RuntimeError("The conversation was deleted.")
