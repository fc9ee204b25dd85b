"""What is sent, said and logged is in the language of the one who reads it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from copy import copy
from gettext import NullTranslations
from typing import Any

import discord

import grokbot.discord_bot.connection  # noqa: F401 - makes discord.py write so
from grokbot.conversation.errors import UserError
from grokbot.conversation.text import Plural, Sentence, in_language, worded_later
from grokbot.process.logs.formats import line_of

HELLO = Sentence("hello")
TURNS = Plural("{n} turn", "{n} turns")


class Loud(NullTranslations):
    """A language of brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def sent(what: Any) -> Any:
    return json.loads(discord.utils._to_json(what))


def test_labels_and_menus_are_sent_in_the_language_of_the_task() -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=HELLO, custom_id="b"))
    view.add_item(discord.ui.Select(placeholder=HELLO, options=[discord.SelectOption(label=HELLO, value="v")]))
    params = discord.http.handle_message_parameters(content=HELLO, view=view)
    with in_language(Loud()):
        made = sent(params.payload)
        files = discord.http.handle_message_parameters(
            HELLO, view=view, files=[discord.File(io.BytesIO(b"x"), "x")]
        ).multipart
    first, second = (row["components"][0] for row in made["components"])
    assert (first["label"], second["placeholder"], second["options"][0]["label"]) == ("⟦hello⟧",) * 3
    assert files is not None
    assert json.loads(files[0]["value"])["components"][0]["components"][0]["label"] == "⟦hello⟧"


def test_a_modal_and_its_fields_too() -> None:
    form = discord.ui.Modal(title=HELLO, custom_id="m")
    form.add_item(discord.ui.TextInput(label=HELLO, placeholder=HELLO))
    with in_language(Loud()):
        made = sent(form.to_dict())
    assert made["title"] == "⟦hello⟧"
    assert "hello" not in json.dumps(made, ensure_ascii=False).replace("⟦hello⟧", "")


async def test_a_language_stays_in_its_task() -> None:
    async def says() -> str:
        await asyncio.sleep(0)
        return f"{HELLO} {TURNS(1)} {TURNS(1200)}"

    with in_language(Loud()):
        loud = asyncio.create_task(says())
    plain = asyncio.create_task(says())
    assert await loud == "⟦hello⟧ ⟦1 turn⟧ ⟦1,200 turns⟧"
    assert await plain == "hello 1 turn 1,200 turns"


def test_an_error_with_a_number_is_put_into_words_by_its_reader() -> None:
    error = UserError(Sentence("at most {most}").later(most=5))  # as a thread of the database raises it
    with in_language(Loud()):
        assert f"{error}" == "⟦at most 5⟧"
    assert str(error) == str(copy(error)) == "at most 5"


def test_one_made_of_several_sentences_too() -> None:
    with in_language(Loud()):
        error = UserError(worded_later(lambda: f"{HELLO} {TURNS(2)}"))
        assert str(error) == str(copy(error)) == "⟦hello⟧ ⟦2 turns⟧"
    assert str(error) == str(error.args[0]) == "hello 2 turns"
    assert {error.args[0]: 1} == {"hello 2 turns": 1}


def test_logs_are_in_english() -> None:
    error = UserError(HELLO)
    record = logging.LogRecord("grokbot", 30, "", 0, "x error=%s", (error,), (UserError, error, None))
    with in_language(Loud()):
        assert str(error) == "⟦hello⟧"
        line = line_of(record)
    assert "⟦" not in line
    assert "error=hello" in line
