"""The built-in author: Markdown answers that prove what the model was shown.

Here: pure functions from the conversation to a text. Not here: timing of tokens, failures, scripts.
The same conversation always gets the same answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from grokbot.sandbox.grok_server.answers import tokens
from grokbot.sandbox.grok_server.answers.citations import links_to
from grokbot.sandbox.grok_server.media import pictures
from grokbot.wire.xai.chat_pb2 import FormatType, GetCompletionsRequest, Message, MessageRole, ReasoningEffort

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grokbot.sandbox.grok_server.answers.scripts import Script
    from grokbot.wire.xai.chat_pb2 import Content

Author: TypeAlias = "Callable[[Sequence[Message]], Script | None]"
"""Directs an answer, given the whole conversation, oldest message first; None leaves it to the built-in author."""

_QUOTED: Final = 300
_TITLE_TOKENS: Final = 1_000

#: Sentences of reasoning by effort.
_DEPTH: Final = {
    ReasoningEffort.EFFORT_NONE: 0,
    ReasoningEffort.EFFORT_LOW: 1,
    ReasoningEffort.EFFORT_MEDIUM: 3,
    ReasoningEffort.EFFORT_HIGH: 6,
    ReasoningEffort.EFFORT_XHIGH: 12,
}

_THOUGHTS: Final = (
    "First I read the whole conversation again.",
    "Then I look for what is really asked.",
    "There may be a simpler way to say it.",
    "I check that nothing contradicts what I said before.",
)

_BLOCKS: Final = (
    "A stream can break anywhere, so here is one of everything that Markdown brings along:\n\n",
    "1. a list with **bold**, *slanted* and `fixed` words\n2. an address, <https://example.com/a_b>\n3. the last\n\n",
    "```python\ndef greet(name: str) -> str:\n    # a split must reopen it\n    return name.title()\n```\n\n",
    "> A quotation, and a word in another script: 你好, привет, 👩‍🚀.\n\n",
    "| name | value |\n|---|---|\n| one | 1 |\n| two | 2 |\n\n",
    "- [ ] something open\n- [x] something done\n\n",
)


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What the model was shown: counts, and the last message. `shown`: a description of each picture and file."""

    questions: int
    answers: int
    images: int
    last: str
    speaker: str
    shown: tuple[str, ...] = ()

    @classmethod
    def of(cls, conversation: Sequence[Message]) -> PromptFacts:
        """Read a conversation, oldest message first."""
        users = [message for message in conversation if message.role == MessageRole.ROLE_USER]
        kinds = [part.WhichOneof("content") for message in conversation for part in message.content]
        return cls(
            questions=len(users),
            answers=sum(1 for message in conversation if message.role == MessageRole.ROLE_ASSISTANT),
            images=kinds.count("image_url"),
            last=text_of(users[-1]) if users else "",
            speaker=users[-1].name if users else "",
            shown=tuple(
                described for message in conversation for described in map(_described, message.content) if described
            ),
        )


def _described(part: Content) -> str:
    """A picture or a file in words; "" for a text."""
    match part.WhichOneof("content"):
        case "image_url":
            picture = pictures.of_content(part.image_url)
            return f"a picture of {picture.width} by {picture.height}" if picture else "a picture from elsewhere"
        case "file":
            return f"the file {part.file.filename or 'without a name'} of {len(part.file.data)} bytes"
        case _:
            return ""


def text_of(message: Message) -> str:
    """The text parts of a message, one per line."""
    return "\n".join(part.text for part in message.content if part.WhichOneof("content") == "text")


def answer(
    request: GetCompletionsRequest, conversation: Sequence[Message], wanted: int | None, sources: Sequence[str] = ()
) -> str:
    """An answer to the last question.

    Args:
        request: Gives the format.
        conversation: All of it, stored messages included.
        wanted: Approximate number of tokens; None or too few: as many as needed.
        sources: What it links to.
    """
    seen = PromptFacts.of(conversation)
    if request.response_format.format_type == FormatType.FORMAT_TYPE_JSON_SCHEMA:
        return json.dumps(_instance(json.loads(request.response_format.schema)))
    if request.response_format.format_type == FormatType.FORMAT_TYPE_JSON_OBJECT:
        return json.dumps({"questions": seen.questions, "last": seen.last[:_QUOTED]})
    if asks_for_title(request, conversation):
        words = (word.strip(".,:;!?") for word in _first_said(seen.last).split())
        return " ".join(word for word in words if word.isalpha())[:60].title() or "A Conversation"
    return _markdown(seen, wanted, links_to(sources))


def _markdown(seen: PromptFacts, wanted: int | None, links: str) -> str:
    quoted = "\n".join(f"> {line}" for line in seen.last[:_QUOTED].splitlines() or [""])
    who = f"{seen.speaker} asked" if seen.speaker else "You asked"
    images = f" and {_counted(seen.images, 'image')}" if seen.images else ""
    text = (
        f"### Answer {seen.answers + 1}\n\n{who}:\n\n{quoted}\n\n"
        f"I was shown **{_counted(seen.questions, 'question')}**, {_counted(seen.answers, 'answer')} of mine{images}. "
        f"I am a sandbox and know nothing, but what I was shown I have counted.{links}\n\n"
    )
    if seen.shown:
        text += f"With it came {', '.join(seen.shown)}.\n\n"
    missing = (wanted or 0) - tokens.count(text)
    block = 0
    while missing > 0:
        text += _BLOCKS[block % len(_BLOCKS)]
        missing -= tokens.count(_BLOCKS[block % len(_BLOCKS)])
        block += 1
    return text.rstrip("\n")


def example(schema: str) -> str:
    """The smallest arguments that match a function's schema, as JSON text."""
    return json.dumps(_instance(json.loads(schema or "{}")))


def reasoning(conversation: Sequence[Message], effort: ReasoningEffort.ValueType, wanted: int | None) -> str:
    """The reasoning before an answer: longer with more effort, or about `wanted` tokens.

    Args:
        conversation: All of it, stored messages included.
        effort: More effort gives more sentences.
        wanted: Approximate number of tokens; None: as the effort says.
    """
    sentences = [f"The question has {len(PromptFacts.of(conversation).last.split())} words."]
    depth = _DEPTH.get(effort, 1)
    while len(sentences) < depth or (wanted is not None and tokens.count(" ".join(sentences)) < wanted):
        sentences.append(_THOUGHTS[len(sentences) % len(_THOUGHTS)])
    return " ".join(sentences) if depth or wanted else ""


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def asks_for_title(request: GetCompletionsRequest, conversation: Sequence[Message]) -> bool:
    """Whether a title is requested: a short answer, and a system message that speaks of a title."""
    short = request.HasField("max_tokens") and request.max_tokens <= _TITLE_TOKENS
    told = (text_of(message).lower() for message in conversation if message.role == MessageRole.ROLE_SYSTEM)
    return short and any(" title" in text for text in told)


def _first_said(text: str) -> str:
    """The first message in a conversation recorded as JSON; any other text unchanged."""
    try:
        record = json.loads(text)
    except ValueError:
        return text
    first = record[0] if isinstance(record, list) and record else None
    return str(first.get("text", "")) if isinstance(first, dict) else text


def _instance(schema: dict[str, object]) -> object:
    """The smallest value that matches a JSON schema of the simple types."""
    kind = schema.get("type")
    choices, fields = schema.get("enum"), schema.get("properties")
    if isinstance(choices, list) and choices:
        return choices[0]
    if isinstance(fields, dict):
        return {name: _instance(field) for name, field in fields.items()}
    plain: dict[object, object] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": []}
    return plain.get(kind, {})
