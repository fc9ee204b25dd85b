"""The bot's own sentences are said in the language of whoever reads them."""

from __future__ import annotations

import copy
import pickle
from gettext import NullTranslations

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import Plural, Sentence, in_language

STOPPED = Sentence("Stopped.")
NAMED = Sentence("Called {name}.")
OPEN_IT, NOT_CLOSED = Sentence("Open", "to do"), Sentence("Open", "state")
TURNS = Plural("{n} turn by {who}", "{n} turns by {who}")


class Loud(NullTranslations):
    """A language that shows what was translated."""

    def gettext(self, message: str) -> str:
        return message.upper().replace("{NAME}", "{name}")

    def pgettext(self, context: str, message: str) -> str:
        return f"{message} ({context})"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{msgid1 if n == 1 else msgid2}>"


def test_a_sentence_is_said_in_the_language_of_the_block_around_it() -> None:
    with in_language(Loud()):
        said = (str(STOPPED), f"{STOPPED}", STOPPED + "x", "x" + STOPPED, NAMED.format(name="b"), f"{STOPPED:>10}")
    assert said == ("STOPPED.", "STOPPED.", "STOPPED.x", "xSTOPPED.", "CALLED b.", "  STOPPED.")
    assert str(STOPPED) == "Stopped."


def test_an_error_is_said_in_the_language_of_whoever_reads_it() -> None:
    error = UserError(STOPPED)
    with in_language(Loud()):
        assert str(error) == "STOPPED."
    assert str(error) == "Stopped."


def test_one_word_can_have_two_translations() -> None:
    with in_language(Loud()):
        assert (str(OPEN_IT), str(NOT_CLOSED)) == ("Open (to do)", "Open (state)")
    assert str(OPEN_IT) == "Open"


def test_a_number_has_the_words_that_go_with_it() -> None:
    assert (TURNS(1, who="a"), TURNS(1200, who="b")) == ("1 turn by a", "1,200 turns by b")
    with in_language(Loud()):
        assert TURNS(1, who="a") == "<1 turn by a>"


def test_a_sentence_is_its_english_text_wherever_it_is_compared() -> None:
    assert STOPPED == "Stopped."
    assert hash(STOPPED) == hash("Stopped.")
    for made in (copy.deepcopy(OPEN_IT), pickle.loads(pickle.dumps(OPEN_IT))):  # noqa: S301 - our own bytes
        assert (made, made.context) == ("Open", "to do")


def test_nothing_is_translated_to_nothing() -> None:
    with in_language(Loud()):
        assert str(Sentence("")) == ""
