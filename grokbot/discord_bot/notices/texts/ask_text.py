"""The sentences around answers in the replies to `/ask`, its menu and its buttons. Pure.

Not here: those of every answer (`answer_text`).
"""

from __future__ import annotations

from grokbot.conversation.text import Sentence
from grokbot.conversation.text.quotations import pointed_at
from grokbot.discord_bot.notices.texts.command_text import plain

QUESTION_SHOWN = 300
"""Characters of a question above its answer, including escapes of Markdown."""

ASK_MORE_ID = "grokbot:ask:more:{response_id}"
"""The id of the button that asks for a further question."""
ASK_MORE = Sentence("Ask more", "button")
SHOW_ANSWER = Sentence("Show the answer", "button")
SHOW_EVERYONE = Sentence("Show to everyone", "button")

NOT_INSTALLED = Sentence(
    "You cannot use me here: this bot's operator does not answer outside of the servers that have added it."
)
GOES_ON_UNSEEN = Sentence(
    "-# ⌛ Discord lets me write here for 15 minutes only. The answer goes on: press the button to see it."
)
ASKERS_ONLY = Sentence(
    "Only the person who asked can use these buttons, as long as I keep the conversation. Ask your own question with "
    "`/ask`."
)
ONLY_YOU = Sentence("This server shows what I say only to you: its moderators want that of apps that people bring.")
FORM_TITLE = Sentence("Continue the conversation")
WHAT_MORE = Sentence("Your next question")


def question_line(text: str) -> str:
    """The line above an answer: what was asked, cut to fit; of a message that somebody points at: its own words."""
    found = pointed_at(text)
    if found is None:
        return f"> {plain(text, QUESTION_SHOWN)}"
    name, words = found
    return f"> **{plain(name, 100)}**: {plain(words, QUESTION_SHOWN)}"
