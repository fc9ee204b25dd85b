"""What /history shows: a page of a person's conversations, and one of them with what can be done with it. Pure.

Not here: finding them (`engine`), drawing the panels and what a press does (`commands.library.history`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.text import Plural, Sentence, visible
from grokbot.discord_bot.notices import (
    ButtonStyle,
    FormField,
    FormText,
    Panel,
    PanelButton,
    PanelButtons,
    PanelForm,
    PanelPart,
    PanelRow,
    PanelText,
    note,
)
from grokbot.discord_bot.notices.texts.ask_text import ASK_MORE, ASK_MORE_ID
from grokbot.discord_bot.notices.texts.command_text import (
    LEFT_OUT,
    MESSAGES,
    NEWER,
    NO_WORDS,
    NOTHING_LISTED,
    NOTHING_STARRED,
    OLDER,
    PAGE,
    link_to,
    moment,
    plain,
    relative,
)

if TYPE_CHECKING:
    from grokbot.conversation.records import Info, ListedConversation, Page
    from grokbot.conversation.response import Conversation

PAGE_SIZE = 8
"""Conversations on a page: as many as fit into one message with their buttons."""

LONGEST_SEARCH = 40
"""Characters of a search: the button's id holds it, in 100 characters, of which an emoji takes two."""

NAME_SHOWN = 70
"""Characters of a title in the list, including escapes of Markdown."""

SEARCH_FORM = "grokbot:hs:{starred}"
"""The id of the button that asks for words, and of the form that it opens."""
WORDS = "words"

YOURS = Sentence("Your conversations")
YOUR_STARRED = Sentence("Your starred conversations")
FOUND = Sentence("Your conversations with “{search}”")
STARRED_FOUND = Sentence("Your starred conversations with “{search}”")
CONVERSATIONS = Plural("{n} conversation", "{n} conversations")
NOTHING_FOUND = Sentence("None of your conversations contains “{search}”.")
ELSEWHERE = Sentence("not in Discord")
ASKED = Sentence("asked with `/ask`")
ASKED_NOTE = Sentence("It has no thread: you asked with `/ask`, or in a place where only your own app is.")
NOT_HERE = Sentence(
    "It has no place in Discord: it began in a terminal or another program, or its thread is gone. You can share it, "
    "or save it as JSON and go on with `/import`."
)
MORE = Sentence("More…")
SEARCH, ALL_WORDS = Sentence("🔍 Search"), Sentence("✕ Clear search")
ONLY_STARRED, ALL = Sentence("⭐ Starred only"), Sentence("Show all")
SEARCH_TITLE = Sentence("Search your conversations")
SEARCH_LABEL = Sentence("Words in the title or in messages")
NAMELESS = Sentence("Without a title")
BEGAN = Sentence("{messages} · started {started} · last changed {changed}")
OPEN = Sentence("Open")
STAR, UNSTAR = Sentence("⭐ Star"), Sentence("Remove star")
INFO, SHARE, DELETE = Sentence("Details and cost"), Sentence("Share"), Sentence("Delete…")
AS_TEXT, AS_JSON = Sentence("Save as text"), Sentence("Save as JSON")


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Which page of which list, as a button's id holds it."""

    starred: bool = False
    offset: int = 0
    search: str = ""

    @property
    def custom_id(self) -> str:
        """The id of a button that shows it."""
        return f"grokbot:h:{int(self.starred)}:{self.offset}:{self.search}"


def history_panel(page: Page, shown: HistoryPage) -> Panel:
    """One page of a person's conversations.

    Args:
        page: The conversations.
        shown: Which page it is.
    """
    number, pages = shown.offset // PAGE_SIZE + 1, -(-page.total // PAGE_SIZE)
    search = plain(shown.search, 100)
    head = ((YOURS, FOUND), (YOUR_STARRED, STARRED_FOUND))[shown.starred][bool(search)].format(search=search)
    facts = [CONVERSATIONS(page.total), *([PAGE.format(page=number, pages=pages)] if pages > 1 else [])]
    nothing = (
        NOTHING_FOUND.format(search=search) if search else str(NOTHING_STARRED if shown.starred else NOTHING_LISTED)
    )
    rows = [_row(entry) for entry in page.entries]
    below = f"-# {' · '.join(facts)}" if rows else nothing
    parts: list[PanelPart] = [PanelText(f"### {head}\n{below}"), *rows]
    return Panel((*parts, *([PanelText(str(LEFT_OUT))] if page.unknown else []), *_buttons(page, shown)))


def _row(entry: ListedConversation) -> PanelRow:
    conversation = entry.conversation
    link = link_to(conversation)
    name = plain(conversation.title or entry.first_words or str(NO_WORDS), NAME_SHOWN)
    facts = [
        MESSAGES(entry.responses),
        relative(conversation.modified_at),
        *([] if link else [str(_where(conversation))]),
    ]
    named = f"**[{name}]({link})**" if link else f"**{name}**"
    text = f"{'⭐ ' if entry.starred else ''}{named}\n-# {' · '.join(facts)}"
    return PanelRow(text, PanelButton(str(MORE), f"grokbot:card:open:{conversation.id}"))


def _where(conversation: Conversation) -> Sentence:
    """What stands in place of a link."""
    return ASKED if conversation.options.asked else ELSEWHERE


def _buttons(page: Page, shown: HistoryPage) -> list[PanelButtons]:
    newer = replace(shown, offset=max(0, shown.offset - PAGE_SIZE))
    older = replace(shown, offset=shown.offset + PAGE_SIZE)
    buttons = [
        *([PanelButton(str(NEWER), newer.custom_id)] if shown.offset else []),
        *([PanelButton(str(OLDER), older.custom_id)] if shown.offset + len(page.entries) < page.total else []),
    ]
    if page.total or shown.search or shown.starred:
        buttons.append(PanelButton(str(SEARCH), SEARCH_FORM.format(starred=int(shown.starred))))
        other = HistoryPage(starred=not shown.starred, search=shown.search)
        buttons.append(PanelButton(str(ALL if shown.starred else ONLY_STARRED), other.custom_id))
    if shown.search:
        buttons.append(PanelButton(str(ALL_WORDS), HistoryPage(starred=shown.starred).custom_id))
    return [PanelButtons(tuple(buttons))] if buttons else []


def search_form(*, starred: bool) -> PanelForm:
    """Asks for the words to search for; `starred` among starred conversations."""
    field = FormField(SEARCH_LABEL, FormText(WORDS, most=LONGEST_SEARCH))
    return PanelForm(SEARCH_TITLE, SEARCH_FORM.format(starred=int(starred)), (field,))


def searched(typed: str) -> str:
    """The words of a search as they were typed; nothing if none of it can be seen."""
    words = " ".join(typed.split())[:LONGEST_SEARCH]
    return words if any(map(visible, words)) else ""


def _more(response_id: str) -> PanelButton:
    """Goes on with a conversation that has no thread."""
    return PanelButton(str(ASK_MORE), ASK_MORE_ID.format(response_id=response_id), emoji="💬")


def card(info: Info) -> Panel:
    """One conversation, and what its reader can do with it."""
    conversation = info.conversation
    link = link_to(conversation)

    def act(label: Sentence, name: str, style: ButtonStyle = ButtonStyle.PLAIN) -> PanelButton:
        return PanelButton(str(label), f"grokbot:card:{name}:{conversation.id}", style)

    title = plain(conversation.title, 200) or str(NAMELESS)
    began = BEGAN.format(
        messages=MESSAGES(info.responses),
        started=moment(conversation.created_at),
        changed=relative(conversation.modified_at),
    )
    return Panel((
        PanelText(f"### {'⭐ ' if info.starred else ''}{title}\n{began}"),
        *([] if link else [note(str(ASKED_NOTE if conversation.options.asked else NOT_HERE))]),
        PanelButtons((
            *([PanelButton(str(OPEN), url=link)] if link else []),
            *([_more(conversation.leaf_id)] if conversation.options.asked and conversation.leaf_id else []),
            act(UNSTAR, "unstar") if info.starred else act(STAR, "star"),
            act(INFO, "info"),
            act(SHARE, "share"),
        )),
        PanelButtons((act(AS_TEXT, "md"), act(AS_JSON, "json"), act(DELETE, "delete", ButtonStyle.DANGER))),
    ))  # fmt: skip
