"""Runs the slash commands in a conversation.

Not here: the list of commands (`slash_commands`), messages (`talk`), commands about an answer and how the next one is
written (`answer_actions`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from grokbot.conversation.text import shortened
from grokbot.terminal.chat import answer_actions
from grokbot.terminal.chat.editor import edited
from grokbot.terminal.chat.known_conversation import HUMAN
from grokbot.terminal.chat.slash_commands import COMMANDS, KEYS, MARK
from grokbot.terminal.chat.talk import STOPPED
from grokbot.terminal.commands.targets import chosen
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output import tables
from grokbot.terminal.output.formats import in_a_line
from grokbot.terminal.output.json_documents import path_ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.terminal.chat.known_conversation import Known
    from grokbot.terminal.chat.slash_commands import SlashCommand
    from grokbot.terminal.chat.talk import Talk

LISTED = 10
VARIANT_SHOWN = 60
NOTHING_SAID = "No messages here yet."
NO_ANSWER = "No answers here yet."
ONE_VARIANT = "There is only one answer. /resample asks for another."


async def do(talk: Talk, command: SlashCommand) -> bool:
    """Run a command. Returns False to end the conversation.

    Raises:
        ApiError, CommandFailedError: It failed.
    """
    if command.name in {"quit", "exit", "q"}:
        return False
    work = WORK.get(command.name)
    if work is None:
        raise CommandFailedError(
            f"There is no {MARK}{in_a_line(command.name)}. {MARK}help lists what there is.", Exit.USAGE
        )
    await work(talk, command.rest)
    return True


async def _help(talk: Talk, _: str) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, slash in COMMANDS.items():
        table.add_row(Text(f"{MARK}{name} {slash.takes}".rstrip(), style="bold"), slash.does)
    for key, does in KEYS.items():
        table.add_row(Text(key, style="bold"), does)
    talk.screen.print(table)


async def _title(talk: Talk, text: str) -> None:
    known = _here(talk)
    if text:
        known.title = text
        known.title = (await talk.client.daemon.update(known.conversation_id, title=text)).title
    else:
        known.title = await talk.client.daemon.write_title(known.conversation_id, _answer(talk))
    talk.screen.tell(f"It is called “{in_a_line(known.title)}” now.")


async def _resample(talk: Talk, instruction: str) -> None:
    answer = _answer(talk)
    parent = _here(talk).responses[answer].parent_response_id
    await talk.answered(talk.client.daemon.resample(answer, instruction), parent)


async def _edit(talk: Talk, _: str) -> None:
    known = _here(talk)
    asked = [one for one in path_ids(known.leaf_id, known.responses) if known.responses[one].sender == HUMAN]
    if not asked:
        raise CommandFailedError(NOTHING_SAID)
    question = known.responses[asked[-1]]
    with talk.interrupts.heard_by(lambda: None):  # Ctrl-C is the editor's
        text = (await edited(question.message)).strip()
    if not text or text == question.message.strip():
        talk.screen.tell("Nothing has changed.")
        return
    talk.screen.gap()
    await talk.answered(talk.client.daemon.replace(question.response_id, text), "")


async def _variants(talk: Talk, number: str) -> None:
    _answer(talk)
    known = _here(talk)
    variants = known.variants()
    if not number:
        for place, one in enumerate(variants, 1):
            mark = "*" if one.response_id == known.leaf_id else " "
            talk.screen.tell(f"{mark} {place}  {shortened(in_a_line(one.message), VARIANT_SHOWN)}")
        if len(variants) == 1:
            talk.screen.remark(ONE_VARIANT)
        return
    if not number.isdecimal() or not 1 <= int(number) <= len(variants):
        raise CommandFailedError(f"Which one? Give a number from 1 to {len(variants)}.", Exit.USAGE)
    wanted = variants[int(number) - 1]
    await talk.client.daemon.select(wanted.response_id)
    known.leaf_id = wanted.response_id
    talk.screen.response(wanted)


async def _branch(talk: Talk, _: str) -> None:
    branch = await talk.client.daemon.branch(_answer(talk))
    await talk.open(branch.conversation_id)
    talk.screen.tell(f"This is a branch now, {branch.conversation_id}. The original stays as it is.")


async def _star(talk: Talk, _: str) -> None:
    await talk.client.daemon.update(_here(talk).conversation_id, starred=True)
    talk.screen.tell("Starred.")


async def _unstar(talk: Talk, _: str) -> None:
    await talk.client.daemon.update(_here(talk).conversation_id, starred=False)
    talk.screen.tell("Star removed.")


async def _share(talk: Talk, _: str) -> None:
    talk.screen.tell(await talk.client.daemon.share(_here(talk).conversation_id, _answer(talk)))


async def _unshare(talk: Talk, _: str) -> None:
    closed = await talk.client.daemon.unshare(_here(talk).conversation_id)
    pages = "page" if closed == 1 else "pages"
    talk.screen.tell(f"Closed {closed} share {pages}." if closed else "No share page was open.")


async def _show(talk: Talk, _: str) -> None:
    known = _here(talk)
    path = path_ids(known.leaf_id, known.responses)
    if not path:
        raise CommandFailedError(NOTHING_SAID)
    for place, response in enumerate(path):
        if place:
            talk.screen.gap()
        talk.screen.response(known.responses[response])


async def _history(talk: Talk, words: str) -> None:
    page = await talk.client.daemon.conversations(search=words, limit=LISTED)
    if not page.entries:
        talk.screen.tell("No conversation matches." if words else "There are no conversations yet.")
        return
    talk.screen.print(tables.conversations(page.entries, datetime.now(UTC), talk.screen.console.width))
    more = page.total - len(page.entries)
    talk.screen.remark((f"{more} more. " if more else "") + "/open ID continues one.")


async def _open(talk: Talk, given: str) -> None:
    if not given:
        raise CommandFailedError("Which one? /history lists them.", Exit.USAGE)
    [conversation] = await chosen(talk.client, [given])
    await talk.open(conversation)
    talk.screen.remark(opened(_here(talk)))


async def _new(talk: Talk, _: str) -> None:
    talk.leave()
    talk.screen.remark("Your next message starts a new conversation.")


async def _stop(talk: Talk, _: str) -> None:
    await talk.client.daemon.stop(_here(talk).conversation_id)
    talk.screen.tell(STOPPED)


def opened(known: Known) -> str:
    """The message when continuing a conversation."""
    return f"Going on with “{in_a_line(known.title) or known.conversation_id}”. /show prints the messages."


def _here(talk: Talk) -> Known:
    if talk.known is None or talk.known.gone:
        raise CommandFailedError(NOTHING_SAID)
    return talk.known


def _answer(talk: Talk) -> str:
    known = _here(talk)
    if not known.variants():
        raise CommandFailedError(NO_ANSWER)
    return known.leaf_id


WORK: Mapping[str, Callable[[Talk, str], Awaitable[None]]] = {
    "help": _help,
    "title": _title,
    "resample": _resample,
    "edit": _edit,
    "variants": _variants,
    "branch": _branch,
    "star": _star,
    "unstar": _unstar,
    "share": _share,
    "unshare": _unshare,
    "show": _show,
    "history": _history,
    "open": _open,
    "new": _new,
    "stop": _stop,
    **answer_actions.WORK,
}
