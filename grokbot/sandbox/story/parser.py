"""Reads a story from YAML, and checks it whole before anything starts. Pure.

Here: the grammar. Every fault is a sentence with file, line and what was expected.
Not here: YAML (nodes.py), what the values mean (values.py), whether Discord allows what they say (the server).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from grokbot.sandbox.discord_server.rules.command_form import LOCALES
from grokbot.sandbox.grok_server import Script, ScriptedQuery
from grokbot.sandbox.grok_server.failures import FAILURES
from grokbot.sandbox.story.nodes import Fields, Nodes, StoryError, composed
from grokbot.sandbox.story.values import (
    BOT,
    DIRECT,
    ELSEWHERE,
    NEW_THREAD,
    THREAD,
    TROUBLES,
    PersonEntry,
    Story,
    StoryStep,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CHARACTERS_MAX = 100_000
STEPS_MAX = 500
PEOPLE_MAX = 50
CHANNELS_MAX = 50
ANSWER_MAX = 50_000
WAIT_MAX = 600.0
PACE_MAX = 10_000.0
HANGS_MAX = 10_000.0

NAME = re.compile(r"[a-z][a-z0-9_.]{0,31}")
CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
PICTURE = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
FAILURE = re.compile(r"([a-z_]+)(?: after ([0-9]{1,5}))?")
TALKS: Final = {THREAD, NEW_THREAD, DIRECT}
"""Where Grok answers without a mention."""
RESERVED: Final = {"grokbot", "grok", "everyone", "here"}

STORY_KEYS: Final = ("title", "server", "channels", "forums", "people", "steps")
CALL_KEYS: Final = ("searches", "opens", "runs", "prints", "draws")
ANSWER_KEYS: Final = ("grok answers", "thinks", *CALL_KEYS, "sources", "pace", "after", "fails", "hangs", "title")
PERSON_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "says": ("in", "attaches", "until", *ANSWER_KEYS),
    "replies": ("in", "message", "attaches", "until", *ANSWER_KEYS),
    "edits": ("in", "message", "until", *ANSWER_KEYS),
    "posts": ("in", "text", "until", *ANSWER_KEYS),
    "calls": ("in", "with", "until", *ANSWER_KEYS),
    "presses": ("in", "message", "values", "until", *ANSWER_KEYS),
    "chooses": ("in", "message", "until", *ANSWER_KEYS),
    "fills in": ("until", *ANSWER_KEYS),
    "deletes": ("in", "until"),
    "reacts": ("in", "message", "until"),
    "renames": ("in", "until"),
}
"""What a person does, and what may stand beside it."""

OTHER_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "wait": (),
    "picture": ("of", "as", "from", "last"),
    "trouble": ("over",),
}
BARE: Final[Mapping[str, tuple[str, bool]]] = {
    "stop the bot": ("bot_stop", True),
    "start the bot": ("bot_stop", False),
    "restart the bot": ("bot_restart", True),
}
"""Steps that are a sentence and nothing else: the trouble, and whether it begins."""

SENTENCE = re.compile(rf"(?P<who>\S+) (?P<act>{'|'.join(PERSON_ACTS)})")


def parse(text: str, file: str) -> Story:
    """The story in a file.

    Args:
        text: What is in it.
        file: Its name, for what is said about it.

    Raises:
        StoryError: It is no story.
    """
    if len(text) > CHARACTERS_MAX:
        raise StoryError(f"{file}: a story has at most {CHARACTERS_MAX:,} characters; this one has {len(text):,}.")
    node = composed(text, file)
    if node is None:
        raise StoryError(f"{file}: the file is empty; a story has at least people and steps.")
    return _Reader(file).story(node)


class _Reader:
    """Reads the nodes of one file."""

    def __init__(self, file: str) -> None:
        self._file, self._nodes = file, Nodes(file)
        self._people: dict[str, PersonEntry] = {}
        self._places: set[str] = set()
        self._pictures: set[str] = set()
        self._talking = self._form = False

    def story(self, node: Any) -> Story:
        fields = Fields(self._nodes, node, STORY_KEYS, "a story")
        channels = fields.read("channels", self._names, ("general",))
        forums = fields.read("forums", self._names, ())
        if len(channels) + len(forums) > CHANNELS_MAX or len({*channels, *forums}) < len(channels) + len(forums):
            raise self._nodes.fault(
                node, f"a story has up to {CHANNELS_MAX} channels and forums, each with a name of its own"
            )
        if not channels:
            raise self._nodes.fault(node, "a story has at least one channel")
        self._places = {*channels, *forums, THREAD, NEW_THREAD, DIRECT, ELSEWHERE}
        if "people" not in fields:
            raise self._nodes.fault(node, "a story has people, such as `people: {alice: Alice}`")
        for key, value in self._nodes.pairs(fields["people"], "people"):
            self._people[key.value] = self._person(key, value)
        if not 1 <= len(self._people) <= PEOPLE_MAX:
            raise self._nodes.fault(fields["people"], f"a story has 1 to {PEOPLE_MAX} people")
        if sum(person.role == "owner" for person in self._people.values()) > 1:
            raise self._nodes.fault(fields["people"], "a server has one owner")
        title = fields.read("title", self._nodes.text, "A story")
        steps = fields.read("steps", self._steps, ())
        server = fields.read("server", self._nodes.text, "The sandbox")
        return Story(self._file, title, server, channels, forums, tuple(self._people.values()), steps)

    def _answer(self, node: Any, what: str) -> str:
        return self._nodes.text(node, what, ANSWER_MAX)

    def _names(self, node: Any, what: str) -> tuple[str, ...]:
        names = [name.removeprefix("#") for name in self._nodes.texts(node, what)] if node.value else []
        for name in names:
            if CHANNEL.fullmatch(name) is None or name in {THREAD, DIRECT, ELSEWHERE}:
                raise self._nodes.fault(node, f"{name!r} is no name of a channel: small letters, digits, - and _")
        return tuple(names)

    def _person(self, key: Any, node: Any) -> PersonEntry:
        name = key.value
        if NAME.fullmatch(name) is None or name in RESERVED:
            raise self._nodes.fault(
                key, f"{name!r} is no name of a person: small letters, digits, _ and ., a letter first"
            )
        if isinstance(node, yaml.ScalarNode):
            return PersonEntry(name, node.value.strip()[:32] or name.title())
        fields = Fields(self._nodes, node, ("shown", "moderator", "owner", "locale"), f"a person such as {name}")
        moderator, owner = (fields.read(key, self._nodes.yes, False) for key in ("moderator", "owner"))
        shown = fields.read("shown", self._nodes.text, name.title())
        locale = fields.read("locale", self._nodes.text, "en-US")
        if locale not in LOCALES:
            raise self._nodes.fault(node, f"{locale!r} is no language of Discord's: {', '.join(LOCALES)}")
        return PersonEntry(name, shown[:32], "owner" if owner else "moderator" if moderator else "member", locale)

    # steps

    def _steps(self, node: Any, _what: str) -> tuple[StoryStep, ...]:
        if not isinstance(node, yaml.SequenceNode) or len(node.value) > STEPS_MAX:
            raise self._nodes.fault(node, f"`steps` is a list of up to {STEPS_MAX} steps, each after a `-`")
        return tuple(self._step(each) for each in node.value)

    def _step(self, node: Any) -> StoryStep:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            if node.value not in BARE:
                raise self._nodes.fault(
                    node, f"a step of one sentence is one of: {', '.join(BARE)}; not {node.value!r}"
                )
            name, on = BARE[node.value]
            return StoryStep(line, "trouble", what=name, on=on)
        pairs = self._nodes.pairs(node, "a step")
        told = [(key, found) for key, _ in pairs if (found := SENTENCE.fullmatch(key.value)) is not None]
        others = [key for key, _ in pairs if key.value in OTHER_ACTS]
        if len(told) + len(others) != 1:
            acts = ", ".join(f"`alice {act}: …`" for act in PERSON_ACTS)
            raise self._nodes.fault(node, f"a step says one thing that happens: {acts}, `wait: 1.5`, `picture: name`, "
                                   f"`trouble: …`, {', '.join(BARE)}")  # fmt: skip
        if others:
            key = others[0].value
            fields = Fields(self._nodes, node, (key, *OTHER_ACTS[key]), f"a step with `{key}`")
            return self._other(line, key, fields)
        key, found = told[0]
        if found["who"] not in self._people:
            raise self._nodes.fault(
                key, f"there is nobody called {found['who']!r}; there are {', '.join(self._people)}"
            )
        fields = Fields(self._nodes, node, (key.value, *PERSON_ACTS[found["act"]]), f"a step with `{found['act']}`")
        return self._acted(line, found["who"], found["act"], fields[key.value], fields)

    def _other(self, line: int, act: str, fields: Fields) -> StoryStep:
        node = fields[act]
        value = self._nodes.text(node, act)
        if act == "wait":
            seconds = None if value == "answer" else self._nodes.number(node, "wait", WAIT_MAX)
            return StoryStep(line, "wait", seconds=seconds, answered=seconds is None)
        if act == "trouble":
            name = TROUBLES.get(value.lower())
            if name is None:
                raise self._nodes.fault(node, f"there is no trouble {value!r}; there are: {', '.join(TROUBLES)}")
            return StoryStep(line, "trouble", what=name, on=not fields.read("over", self._nodes.yes, False))
        if PICTURE.fullmatch(value) is None or value in self._pictures:
            raise self._nodes.fault(node, "each `picture` has a name of its own: small letters, digits, - and _")
        self._pictures.add(value)
        who = fields.read("as", self._nodes.text, "")
        if who and who not in self._people:
            raise self._nodes.fault(
                fields["as"], f"there is nobody called {who!r}; there are {', '.join(self._people)}"
            )
        last = int(fields.read("last", lambda n, w: self._nodes.number(n, w, 100), 0))
        place, words = fields.read("of", self._place, ""), fields.read("from", self._nodes.text, "")
        return StoryStep(line, "picture", who, value, place, words, last=last)

    def _place(self, node: Any, what: str) -> str:
        place = self._nodes.text(node, what).removeprefix("#")
        if place not in self._places:
            raise self._nodes.fault(node, f"there is no place {place!r}; there are: {', '.join(sorted(self._places))}")
        return place

    def _acted(self, line: int, who: str, act: Any, node: Any, fields: Fields) -> StoryStep:
        what = "" if act == "fills in" else self._nodes.text(node, act)
        if act == "calls" and not re.fullmatch(r"/[\w-]+( [\w-]+){0,2}", what):
            raise self._nodes.fault(node, "a command is written like /mod block; its options stand under `with`")
        if act == "posts" and ("in" not in fields or "text" not in fields):
            raise self._nodes.fault(node, "a post has `in: FORUM` and `text: …`")
        text = fields.read("text", self._nodes.text, "")
        answered, scripts = self._scripts(fields, f"{what}\n{text}", act)
        options = self._nodes.options(node, act) if act == "fills in" else fields.read("with", self._nodes.options, {})
        options |= {"text": text} if act == "posts" else {}
        values = fields.read("values", self._nodes.texts, ())
        place, message = fields.read("in", self._place, ""), fields.read("message", self._nodes.text, "")
        files = fields.read("attaches", self._nodes.options, {})
        title, until = fields.read("title", self._nodes.text, ""), fields.read("until", self._nodes.text, "")
        return StoryStep(
            line, act, who, what, place, message, options, values, scripts, title, answered, until, files=files
        )

    def _scripts(self, fields: Fields, said: str, act: str) -> tuple[bool, tuple[Script, ...]]:
        """Whether Grok answers, and how."""
        text: str | None = fields.read("grok answers", self._answer, None)
        told = [key for key in ANSWER_KEYS if key in fields]
        if text == "nothing":
            if len(told) > 1:
                raise self._nodes.fault(fields.node, f"Grok answers nothing, so there is no `{told[1]}`")
            return False, ()
        place = fields.read("in", self._place, "")
        goes_on = act == "says" and (place in TALKS or (self._talking and not place))
        expected = bool(told) or BOT in said or goes_on
        self._talking = expected or (self._talking and not place)
        if not set(told) - {"title"}:
            return expected, ()
        wishes: dict[str, Any] = {
            "text": text,
            "reasoning": fields.read("thinks", self._answer, None),
            "queries": self._calls(fields),
            "citations": tuple(fields.read("sources", self._nodes.texts, ())),
            "tokens_per_second": fields.read("pace", self._pace, None),
            "first_token_after": fields.read("after", lambda n, w: self._nodes.number(n, w, WAIT_MAX), None),
        }
        if "hangs" in fields:
            if "fails" in fields:
                raise self._nodes.fault(fields["hangs"], "an answer either fails or hangs")
            wishes["hang_after_tokens"] = int(self._nodes.number(fields["hangs"], "hangs", HANGS_MAX))
        first = Script(**wishes) if "fails" not in fields else self._failing(fields["fails"], wishes)
        again = first.fail == "overloaded" and text is not None  # the bot asks again by itself
        return expected, (first, Script(**wishes)) if again else (first,)

    def _calls(self, fields: Fields) -> tuple[str | ScriptedQuery, ...]:
        """The calls of xAI's tools on the way to an answer."""

        def each(key: str) -> tuple[str, ...]:
            return tuple(fields.read(key, self._nodes.texts, ()))

        printed = fields.read("prints", self._nodes.text, "")
        return (
            *each("searches"),
            *(ScriptedQuery(text, name="browse_page") for text in each("opens")),
            *(ScriptedQuery(text, "code", output=printed) for text in each("runs")),
            *(ScriptedQuery(text, "image") for text in each("draws")),
        )

    def _failing(self, node: Any, wishes: Mapping[str, Any]) -> Script:
        found = FAILURE.fullmatch(self._nodes.text(node, "fails"))
        if found is None or found[1] not in FAILURES:
            raise self._nodes.fault(
                node, f"`fails` is like `internal` or `internal after 24`, and one of: {', '.join(FAILURES)}"
            )
        return Script(**wishes, fail=found[1], fail_after_tokens=int(found[2] or 0))

    def _pace(self, node: Any, what: str) -> float:
        pace = self._nodes.number(node, what, PACE_MAX)
        if not pace:
            raise self._nodes.fault(node, "`pace` is more than 0")
        return pace
