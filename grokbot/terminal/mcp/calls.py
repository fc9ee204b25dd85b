"""What each tool does, with a client of the daemon: arguments in, a result for programs out.

Not here: their arguments (`arguments`) and descriptions (`tools`), the protocol (`server`).
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokbot.sdk.choices import Choices
from grokbot.sdk.stateful import turn_result
from grokbot.terminal.chat.live_pane import searching
from grokbot.terminal.commands.targets import chosen
from grokbot.terminal.exits import CommandFailedError
from grokbot.terminal.mcp.arguments import DOCUMENTED_MODEL
from grokbot.terminal.output import json_documents
from grokbot.terminal.short_ids import picked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from grokbot.sdk import Client
    from grokbot.terminal.mcp.arguments import (
        AskArguments,
        ListArguments,
        ResampleArguments,
        SearchArguments,
        ShareArguments,
        ShowArguments,
        StarArguments,
        StatefulChatArguments,
        TitleArguments,
        UnshareArguments,
    )
    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

    Tell = Callable[[str], Awaitable[None]]
    Asked = AsyncGenerator[daemon_pb2.AskResponse, None]
    Parts = AsyncGenerator[chat_pb2.AddResponseResponse, None]

Result = dict[str, Any]

NO_ANSWER = "No answers in this conversation yet."


@dataclass(frozen=True, slots=True)
class ToolContext:
    """One call of a tool."""

    client: Client
    tell: Tell
    """Reports what the model does, and how long the answer is."""


async def stateful_chat(call: ToolContext, given: StatefulChatArguments) -> Result:
    """One turn of a conversation that xAI stores, as the documented tool."""
    choices = Choices(
        model="" if given.model == DOCUMENTED_MODEL else given.model,
        temperature=given.temperature,
        max_tokens=given.max_tokens,
        system_prompt=given.system_prompt or "",
        mode="stateful",
    )
    asked = call.client.daemon.ask(given.prompt, choices, parent_id=given.response_id or "")
    text, answer = await _answered(call, asked)
    result = turn_result(answer, text, continued_from=given.response_id, include_reasoning=given.include_reasoning)
    return {key: value for key, value in result.items() if key != "conversation_id"}  # the documented one has none


async def ask(call: ToolContext, given: AskArguments) -> Result:
    """Say something in a conversation, or begin one."""
    choices = Choices(
        model=given.model or "",
        temperature=given.temperature,
        max_tokens=given.max_tokens,
        system_prompt=given.system_prompt or "",
    )
    conversation = leaf = ""
    if given.conversation_id:
        conversation, leaf = await _leaf(call.client, given.conversation_id)
    asked = call.client.daemon.ask(given.prompt, choices, conversation_id=conversation, parent_id=leaf)
    return json_documents.answer(*await _answered(call, asked))


async def resample(call: ToolContext, given: ResampleArguments) -> Result:
    """Another answer in place of a conversation's last one."""
    _, leaf = await _leaf(call.client, given.conversation_id)
    if not leaf:
        raise CommandFailedError(NO_ANSWER)
    final = await _heard(call, call.client.daemon.resample(leaf, given.instruction))
    return json_documents.answer(final.message, await call.client.daemon.answer(final.response_id))


async def list_(call: ToolContext, given: ListArguments) -> Result:
    """A page of conversations."""
    page = await call.client.daemon.conversations(starred=given.starred, offset=given.offset, limit=given.limit)
    return {"conversations": json_documents.entries(page.entries), "total": page.total}


async def search(call: ToolContext, given: SearchArguments) -> Result:
    """A page of the conversations with these words."""
    page = await call.client.daemon.conversations(search=given.words, offset=given.offset, limit=given.limit)
    return {"conversations": json_documents.entries(page.entries), "total": page.total}


async def show(call: ToolContext, given: ShowArguments) -> Result:
    """A conversation and its newest responses."""
    [conversation] = await chosen(call.client, [given.conversation_id])
    info = await call.client.daemon.info(conversation)
    read = await call.client.daemon.read(conversation)
    path = json_documents.path_ids(
        info.leaf_response_id or info.branched_from, {one.response_id: one for one in read.responses}
    )
    shown = json_documents.shown(info, read, frozenset(path))
    responses = [one for one in shown["responses"] if given.all_branches or one["on_path"]]
    return {**shown, "responses": responses[-given.limit :], "left_out": max(0, len(responses) - given.limit)}


async def title(call: ToolContext, given: TitleArguments) -> Result:
    """Name a conversation."""
    [conversation] = await chosen(call.client, [given.conversation_id])
    daemon = call.client.daemon
    if given.title:
        new = (await daemon.update(conversation, title=given.title)).title
    else:
        new = await daemon.write_title(conversation)
    return {"id": conversation, "title": new}


async def star(call: ToolContext, given: StarArguments) -> Result:
    """Star a conversation, or remove the star."""
    [conversation] = await chosen(call.client, [given.conversation_id])
    await call.client.daemon.update(conversation, starred=given.starred)
    return {"id": conversation, "starred": given.starred}


async def share(call: ToolContext, given: ShareArguments) -> Result:
    """Create a share page."""
    conversation, at = await _leaf(call.client, given.conversation_id)
    if given.response_id:
        read = await call.client.daemon.read(conversation)
        at = picked(given.response_id, [one.response_id for one in read.responses], "response")
    if not at:
        raise CommandFailedError(NO_ANSWER)
    address = await call.client.daemon.share(conversation, at)
    return {"id": conversation, "response_id": at, "address": address}


async def unshare(call: ToolContext, given: UnshareArguments) -> Result:
    """Revoke a conversation's share pages."""
    [conversation] = await chosen(call.client, [given.conversation_id])
    return {"id": conversation, "closed": await call.client.daemon.unshare(conversation)}


async def _leaf(client: Client, given: str) -> tuple[str, str]:
    """A conversation's id, and the response where its path ends; "" if it has none."""
    [conversation] = await chosen(client, [given])
    info = await client.daemon.info(conversation)
    return conversation, info.leaf_response_id or info.branched_from


async def _answered(
    call: ToolContext, asked: AsyncGenerator[daemon_pb2.AskResponse, None]
) -> tuple[str, daemon_pb2.Answer]:
    """The answer's text, and what is known of it."""
    known: list[daemon_pb2.Answer] = []

    async def parts() -> Parts:
        async with aclosing(asked):
            async for told in asked:
                if told.HasField("part"):
                    yield told.part
                elif told.HasField("answer"):
                    known.append(told.answer)

    final = await _heard(call, parts())
    return final.message, known[0]


async def _heard(call: ToolContext, parts: Parts) -> chat_pb2.Response:
    """Read an answer to its end; what comes is reported on the way."""
    length = 0
    final: chat_pb2.Response | None = None
    async with aclosing(parts):
        async for part in parts:
            match part.WhichOneof("response"):
                case "query_action":
                    await call.tell(searching(part.query_action.query, part.query_action.type))
                case "token" if part.token.HasField("token"):
                    length += len(part.token.token.final_logit.string_token)
                    await call.tell(f"Writing, {length:,} characters")
                case "model_response":
                    final = part.model_response
    if final is None:
        raise CommandFailedError("The answer broke off.")
    return final
