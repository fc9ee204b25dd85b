"""Every language says every sentence, with the same places and marks, within Discord's limits."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import discord
import polib
import pytest
from discord import app_commands

from grokbot.conversation.text import Plural, Sentence, in_language
from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.metadata import single
from grokbot.discord_bot.commands.sync import payload
from grokbot.docgen.sentences import Saying, all_found, in_code, updated
from grokbot.languages import LANGUAGES, SPOKEN, language_of
from grokbot.sandbox.discord_server.rules.command_form import check_command
from grokbot.sandbox.discord_server.rules.errors import FormErrors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"`[^`\n]+`")
MARKS = re.compile(r"\*\*|__|~~|\|\||^-# |^> |^#+ |^- |```|[\u2190-\u2bff\U0001f000-\U0001faff]", re.MULTILINE)
"""What Discord reads as a mark, and emojis."""
COMMAND = re.compile(r"`/([a-z]+(?: [a-z]+){0,2})")
LIMIT = re.compile(r"At most (\d+) characters\.")


@cache
def found() -> Mapping[Saying, Sequence[str]]:
    return all_found(ROOT)


@cache
def entries(language: str) -> list[polib.POEntry]:
    return list(polib.pofile(str(ROOT / "grokbot" / "languages" / f"{language}.po")))


def translations(language: str) -> Iterator[tuple[polib.POEntry, str, str]]:
    """Each entry with each of its forms, and what that says in English."""
    for entry in entries(language):
        if not entry.msgid_plural:
            yield entry, entry.msgid, entry.msgstr
            continue
        for form, said in entry.msgstr_plural.items():
            yield entry, entry.msgid_plural if form or len(entry.msgstr_plural) == 1 else entry.msgid, said


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_sentence_and_no_other(language: str) -> None:
    file = ROOT / "grokbot" / "languages" / f"{language}.po"
    assert updated(file, found()) == file.read_text("utf-8"), "just sentences"
    assert [entry.msgid for entry, _, said in translations(language) if not said.strip()] == []
    assert [entry.msgid for entry in entries(language) if "fuzzy" in entry.flags or entry.obsolete] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_marks_code_and_limits_are_kept(language: str) -> None:
    wrong = []
    for entry, english, said in translations(language):
        if entry.msgid_plural:  # a form that stands for one number may say it in words
            fits = places(entry.msgid_plural) - {"n"} <= places(said) <= places(entry.msgid_plural)
        else:
            fits = places(english) == places(said)
        limit = LIMIT.search(entry.comment)
        if not (
            fits
            and Counter(CODE.findall(english)) == Counter(CODE.findall(said))
            and Counter(MARKS.findall(english)) == Counter(MARKS.findall(said))
            and english.count("\n") == said.count("\n")
            and (len(english) - len(english.strip()) == len(said) - len(said.strip()))
            and (limit is None or len(said) <= int(limit[1]))
        ):
            wrong.append((english, said))
    assert wrong == []


def test_every_command_that_a_sentence_names_exists() -> None:
    real = {command.qualified_name for command in single(COMMANDS)}
    real |= {command.name for command in COMMANDS} | {""}
    named = {name for each in found() for name in COMMAND.findall(f"{each.text} {each.many}")}
    assert {name for name in named if not any(f"{name} ".startswith(f"{one} ") for one in real)} == set()


async def test_the_commands_fit_discord_in_every_language() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        tree: app_commands.CommandTree[discord.Client] = app_commands.CommandTree(client)
        for command in COMMANDS:
            tree.add_command(command)
        errors = FormErrors()
        for body in await payload(tree):
            check_command(errors, str(body["name"]), dict(body))
        errors.check()


def test_a_number_takes_the_form_of_its_language() -> None:
    day = Plural("{n} day", "{n} days")
    said = {}
    for language in LANGUAGES:
        with in_language(language_of(language)):
            said[language] = [day(number) for number in (0, 1, 1200)]
    assert said == {
        "de": ["0 Tage", "1 Tag", "1,200 Tage"],
        "es": ["0 días", "1 día", "1,200 días"],
        "ja": ["0日", "1日", "1,200日"],
    }


def test_a_language_knows_its_own_name() -> None:
    names = {name: str(own) for name, own in SPOKEN.items()}
    assert names == {"en": "English", "de": "Deutsch", "es": "Español", "ja": "日本語"}
    assert language_of("es-419") is language_of("es-ES") is not language_of("en-GB")


SOURCE = b"""
A = Sentence("one " "sentence")
B = Sentence("open", "a verb")
C = Plural("{n} file", "{n} files")
D = Sentence(unknown)
E = f"{Sentence('no literal')}"
raise UserError(Sentence("inside"))
"""


def test_what_is_extracted(tmp_path: Path) -> None:
    texts = [
        Saying("one sentence"),
        Saying("open", context="a verb"),
        Saying("{n} file", "{n} files"),
        Saying("inside"),
    ]
    assert list(in_code(SOURCE)) == texts
    said_in = {each: ["a.py"] for each in texts}
    file = tmp_path / "xx.po"
    head = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=n>2;\\n"\n'
    file.write_text(f'{head}\nmsgctxt "a verb"\nmsgid "open"\nmsgstr "auf"\n\nmsgid "gone"\nmsgstr "weg"\n')
    file.write_text(updated(file, said_in))
    made = polib.pofile(str(file))
    assert [(each.msgid, each.msgstr) for each in made] == [
        ("one sentence", ""),
        ("open", "auf"),
        ("{n} file", ""),
        ("inside", ""),
    ]
    assert made[2].msgstr_plural == {0: "", 1: "", 2: ""}
    assert updated(file, said_in) == file.read_text()


def bare(node: ast.AST, module: ModuleType) -> bool:
    """Whether a sentence is passed on here as it is, not put into words."""
    match node:
        case ast.Name(id=name):
            return isinstance(getattr(module, name, None), Sentence)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return any(bare(part, module) for part in parts)
        case ast.IfExp(body=one, orelse=other):
            return bare(one, module) or bare(other, module)
        case ast.Starred(value=inner) | ast.Subscript(value=inner) | ast.GeneratorExp(elt=inner):
            return bare(inner, module)
        case ast.Call(func=ast.Name(id="filter"), args=[_, inner]):
            return bare(inner, module)
    return False


def test_no_sentence_is_joined_by_its_english_value() -> None:
    """`str.join` takes a sentence's value, whatever the reader's language."""
    wrong = []
    for path in sorted((ROOT / "grokbot" / "discord_bot").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        for call in ast.walk(ast.parse(path.read_text())):
            match call:
                case ast.Call(func=ast.Attribute(attr="join"), args=[parts]) if bare(parts, module):
                    wrong.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert wrong == []
