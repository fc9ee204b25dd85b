"""A kept conversation: a forest of responses, and a leaf under which the next one goes.

Here: what is known of it on this side, and each call about it. Not here: single responses (`response`).
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
    """A kept conversation. It is a forest: it may have several roots, and every response several children.

    What is known of it is kept on this side: `load` and `refresh` bring it up to date, `watch` keeps it so. One answer
    at a time: the daemon refuses a second one meanwhile, whoever asks for it.

    Args:
        stub: The service.
        model_name: Which of xAI's models answers; "" is the conversation's own.
        fun_mode: Whether Grok answers as the fun persona.
        conversation_id: Its id; None for one that comes to be when something is said in it.
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

    # Known on this side, with no call.

    @property
    def conversation_id(self) -> str:
        """Its id.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
            RuntimeError: It was deleted, as for everything here.
        """
        return self._known().conversation_id

    @property
    def title(self) -> str:
        """Its title; "" while it has none.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().title

    @property
    def create_time(self) -> datetime:
        """When it began, in UTC.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().create_time.ToDatetime(UTC)

    @property
    def starred(self) -> bool:
        """Whether the caller has starred it.

        Raises:
            ValueError: Nothing was said in it yet, or it was not loaded.
        """
        return self._known().starred

    @property
    def root_responses(self) -> Generator[Response]:
        """The responses that stand under no other, in the order in which they came."""
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id is None:
                yield response

    def get_response(self, response_id: str) -> Response:
        """A response by its id.

        Raises:
            KeyError: There is none, as far as is known here.
        """
        self._check_not_deleted()
        return self._responses[response_id]

    def get_children(self, parent_response_id: str) -> Generator[Response]:
        """What stands under a response, in the order in which it came.

        In the documented SDK this compared the wrong id and never found a child.
        """
        self._check_not_deleted()
        for response in list(self._responses.values()):
            if response.parent_response_id == parent_response_id:
                yield response

    def set_leaf_response_id(self, leaf_response_id: str | None) -> None:
        """What is said next goes below this response; None for a new root. `Response.select` does the same."""
        self._check_not_deleted()
        self._leaf_response_id = leaf_response_id

    def register_response(self, response: Response) -> None:
        """Makes a response known here. Nothing is sent."""
        self._check_not_deleted()
        self._responses[response.response_id] = response

    def taken(self, response: chat_pb2.Response) -> Response:
        """Makes known here what the service sent of a response; the object of one that is known stays the same."""
        known = self._responses.get(response.response_id)
        if known is None:
            known = Response(response, self, self._stub)
            self.register_response(known)
        else:
            known.update(response)
        return known

    def take(self, conversation: chat_pb2.Conversation) -> None:
        """Makes known here what the service sent of this conversation; what it does not have any more is forgotten."""
        self._conversation = conversation
        there = [self.taken(response) for response in conversation.responses]
        self._responses = {response.response_id: response for response in there}

    # Bringing it up to date.

    async def load(self) -> None:
        """Loads it with all its responses; the newest one becomes the leaf.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: There is none, or it is not the caller's to see.
        """
        await self.refresh()
        self._leaf_response_id = next(reversed(self._responses), None)

    async def refresh(self) -> None:
        """As `load`, but the leaf stays where it is.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: It is not there any more.
        """
        self._check_not_deleted()
        if self._conversation_id is None:
            raise ValueError("A conversation without an id cannot be loaded: send a message first.")
        request = chat_pb2.GetConversationRequest(conversation_id=self._conversation_id)
        self.take(await self._stub.GetConversation(request))

    def watch(self) -> AsyncGenerator[Happening, None]:
        """Loads it, and tells what happens in it from then on, wherever: here, in Discord, in other programs.

        What is known of it follows: responses, title, and that it was deleted, with which the watching ends. The leaf
        stays where it is. Closing the generator ends the watching.

        Raises:
            ValueError: It has no id yet.
            NotFoundError: There is none, or it is not the caller's to see.
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

    # What is said in it.

    def add_response(self, user_message: str) -> Answer[Response]:
        """Says something below the leaf, and has it answered; the answer becomes the leaf.

        A conversation that has no id yet comes to be by this. In the documented SDK the token stream swallowed an error
        and just ended; here it raises it.

        Args:
            user_message: What the person says; "" adds nothing and has the leaf answered, a human's response.

        Returns:
            A stream of the answer's text, and a future of the whole answer; see `Answer`.

        Raises:
            RuntimeError: At once, if the conversation was deleted. From the stream and from the future, if the daemon
                did not say what the answer became.
            ApiError: From the stream and from the future, if it fails. What was said and what was received is kept by
                the daemon all the same (`refresh` brings it here); the leaf stays.
        """
        self._check_not_deleted()
        return answer_of(lambda response: self._tokens(user_message, None, response, at_leaf=True))

    def sample(self, user_message: str, parent_response_id: str | None) -> Answer[Response]:
        """As `add_response`, below any response, wherever the leaf is; None for a new root."""
        self._check_not_deleted()
        return answer_of(lambda response: self._tokens(user_message, parent_response_id, response))

    async def add_model_response(
        self, message: str, parent_response_id: str | None, *, partial: bool = False
    ) -> Response:
        """Puts words into the model's mouth, below any response; they become the leaf.

        Args:
            message: The words.
            parent_response_id: Below what; None for a new root.
            partial: Whether they are to count as an answer that did not come to its end.
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

    # What is done with it.

    async def set_title(self, title: str) -> None:
        """Gives it a title; "" leaves the one it has."""
        await self._update(title, starred=self._known().starred)

    async def generate_title(self) -> str:
        """Has Grok find a title for the path to the leaf, gives it to the conversation and returns it."""
        request = chat_pb2.GenerateTitleRequest(
            conversation_id=self._known().conversation_id, leaf_response_id=self._leaf_response_id or ""
        )
        title = (await self._stub.GenerateTitle(request)).new_title
        self._known().title = title
        return title

    async def star(self) -> None:
        """Stars it, for the caller.

        In the documented SDK this also wrote the title back that was known here, over one given meanwhile elsewhere.
        """
        await self._update("", starred=True)

    async def unstar(self) -> None:
        """Takes the caller's star from it. The title stays, as with `star`."""
        await self._update("", starred=False)

    async def _update(self, title: str, *, starred: bool) -> None:
        known = self._known()
        request = chat_pb2.UpdateConversationRequest(
            conversation_id=known.conversation_id, title=title, starred=starred
        )
        updated = await self._stub.UpdateConversation(request)
        known.title, known.starred = updated.title, updated.starred

    async def delete(self) -> None:
        """Deletes it for good, in Discord too. Everything here raises `RuntimeError` from then on."""
        request = chat_pb2.DeleteConversationRequest(conversation_id=self._known().conversation_id)
        await self._stub.DeleteConversation(request)
        self._deleted = True

    async def _ready(self) -> None:
        """It has come to be, and was loaded."""
        self._check_not_deleted()
        if self._conversation is not None:
            return
        async with self._beginning:  # for two who say something in it at the same time it is still one conversation
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
