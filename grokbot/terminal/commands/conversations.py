"""`grokbot conversations`: list, show, title, star, share.

Not here: exporting, importing and deleting (`export_import`, `delete`), layout (`output.tables`,
`output.json_documents`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from grokbot.terminal.chat.stable_prefix import blocks
from grokbot.terminal.commands.targets import chosen, every
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output import daemon_lines, json_documents, tables
from grokbot.terminal.output.formats import local, printable
from grokbot.terminal.output.markdown import Lines, drawn
from grokbot.terminal.short_ids import picked

if TYPE_CHECKING:
    from rich.console import Console

    from grokbot.sdk import Client
    from grokbot.wire.prompt_ide import chat_pb2

NOTHING = "No conversations yet. Begin one with `grokbot chat`."
NOTHING_FOUND = "No conversation matches."
NO_ANSWER = "No answers in this conversation yet."


async def list_(client: Client, *, search: str, starred: bool, limit: int, as_json: bool) -> None:
    """Print the conversations, most recently changed first.

    Args:
        client: A client of the daemon.
        search: Search text; "": all.
        starred: Only starred ones.
        limit: Maximum number to show.
        as_json: Print JSON.
    """
    found = []
    async for entry in every(client, search=search, starred=starred):
        found.append(entry)
        if len(found) == limit:
            break
    if as_json:
        tables.print_json(json_documents.entries(found))
    elif not found:
        click.echo(NOTHING_FOUND if search or starred else NOTHING, err=True)
    else:
        console = tables.console()
        console.put(tables.conversations(found, datetime.now(UTC), console.width))


async def show(client: Client, given: str, *, whole: bool, as_json: bool) -> None:
    """Print a conversation and its path.

    Args:
        client: A client of the daemon.
        given: The conversation, as the person named it.
        whole: Print all responses, with their ids.
        as_json: Print JSON, always with all responses.
    """
    [conversation] = await chosen(client, [given])
    info = await client.daemon.info(conversation)
    read = await client.daemon.read(conversation)
    by_id = {one.response_id: one for one in read.responses}
    path = json_documents.path_ids(info.leaf_response_id or info.branched_from, by_id)
    if as_json:
        return tables.print_json(json_documents.shown(info, read, frozenset(path)))
    console = tables.console()
    console.put(tables.lines(daemon_lines.info_lines(info, datetime.now(UTC))))
    for response in read.responses if whole else (by_id[one] for one in path):
        console.print()
        print_response(console, response, ids=whole)
    return None


def print_response(console: Console, response: chat_pb2.Response, *, ids: bool = False) -> None:
    """Print a response: author, time and text; on a terminal, Markdown is rendered.

    Args:
        console: The output.
        response: The response.
        ids: Whether to print its id and its parent's.
    """
    human = response.sender == "human"
    about = [local(json_documents.moment(response, "create_time"))]
    about += [name for name in ("manual", "partial", "shared") if getattr(response, name)]
    about += [response.response_id, f"after {response.parent_response_id or 'nothing'}"] if ids else []
    heading = Text("Human" if human else "Grok", style="bold cyan" if human else "bold green")
    console.print(heading.append(f"  {' · '.join(about)}", style="dim not bold"), soft_wrap=True)
    text = printable(response.message)
    if console.is_terminal and not human:
        console.print(Lines(drawn(console, blocks(text))), end="")
    else:
        console.print(Text(text), soft_wrap=not console.is_terminal)


async def title(client: Client, given: str, text: str, *, as_json: bool) -> None:
    """Set a conversation's title.

    Args:
        client: A client of the daemon.
        given: The conversation, as the person named it.
        text: "": Grok writes one.
        as_json: Print JSON.
    """
    [conversation] = await chosen(client, [given])
    if text:
        named = await client.daemon.update(conversation, title=text)
        new = named.title
    else:
        new = await client.daemon.write_title(conversation)
    _tell({"id": conversation, "title": new}, new, as_json=as_json)


async def star(client: Client, given: str, *, starred: bool, as_json: bool) -> None:
    """Star a conversation for the caller, or remove the star.

    Args:
        client: A client of the daemon.
        given: The conversation, as the person named it.
        starred: False removes the star.
        as_json: Print JSON.
    """
    [conversation] = await chosen(client, [given])
    await client.daemon.update(conversation, starred=starred)
    _tell({"id": conversation, "starred": starred}, "Starred." if starred else "Star removed.", as_json=as_json)


async def share(client: Client, given: str, response: str | None, *, as_json: bool) -> None:
    """Create a share page and print its address.

    Args:
        client: A client of the daemon.
        given: The conversation, as the person named it.
        response: The last one on the page, as the person named it; None: the leaf.
        as_json: Print JSON.
    """
    [conversation] = await chosen(client, [given])
    if response:
        read = await client.daemon.read(conversation)
        at = picked(response, [one.response_id for one in read.responses], "response")
    else:
        at = (await client.daemon.info(conversation)).leaf_response_id
    if not at:
        raise CommandFailedError(NO_ANSWER, Exit.FAILED)
    address = await client.daemon.share(conversation, at)
    _tell({"id": conversation, "response_id": at, "address": address}, address, as_json=as_json)


async def unshare(client: Client, given: str, *, as_json: bool) -> None:
    """Revoke all share pages of a conversation.

    Args:
        client: A client of the daemon.
        given: The conversation, as the person named it.
        as_json: Print JSON.
    """
    [conversation] = await chosen(client, [given])
    closed = await client.daemon.unshare(conversation)
    told = f"Closed {closed} share {'page' if closed == 1 else 'pages'}." if closed else "No share page was open."
    _tell({"id": conversation, "closed": closed}, told, as_json=as_json)


def _tell(document: json_documents.Shape, sentence: str, *, as_json: bool) -> None:
    if as_json:
        tables.print_json(document)
    else:
        click.echo(printable(sentence))
