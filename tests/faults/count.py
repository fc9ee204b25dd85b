"""What went wrong, counted when all is quiet: by what Discord shows, and beside it by what the database says.

lost: a question that has to be answered and is not. doubled: one that is answered twice, or a text that stands twice.
hanging: a message that still promises more. mismatched: an answer in a wrong place, with holes, or other than what Grok
said or the database holds. Not here: causing it (`weather`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import TYPE_CHECKING

from .books import Way
from .questions import length_of, numbers_of, text_of, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.sandbox.discord_server import Channel, Message

    from .books import Asked, Books
    from .kept import Kept, Row

ENDED_EARLY = ("⚠️", "-# ⏹️", "-# ✂️")
PROMISES = ("-# 💭", "-# 🔎", "-# …", "-# ⏳")


class Excuse(Flag):
    """What is no loss in a round, because of what was done in it."""

    NONE = 0
    BROKEN_OFF = auto()
    """An answer of which nothing had come yet ends with a sentence about it, and can be asked for again."""
    REFUSED = auto()
    """A question is refused, under it and in words."""
    FORGOTTEN = auto()
    """The database knows less than Discord shows."""


@dataclass
class Count:
    """Sentences about what is wrong, by kind."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    hanging: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is."""
        return any((self.lost, self.doubled, self.hanging, self.mismatched))

    def figures(self) -> dict[str, int]:
        """How many of each kind."""
        return {kind: len(sentences) for kind, sentences in vars(self).items()}

    def sentences(self) -> Iterator[str]:
        """Everything, for a person to read."""
        for kind, sentences in vars(self).items():
            yield from (f"{kind}: {sentence}" for sentence in sentences)


@dataclass(eq=False)
class _Shown:
    """One answer as it stands in one place: its words in the order of the messages."""

    key: str
    place: Channel
    words: list[int] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.words == list(range(length_of(self.key)))


def counted(books: Books, kept: Kept, excuse: Excuse = Excuse.NONE) -> Count:
    """Everything that is wrong now."""
    count = Count()
    messages = books.ours()
    shown = list(_answers(messages))
    _count_questions(count, books, kept, shown, excuse)
    for answer in shown:
        _count_answer(count, books, kept, answer)
    for message in messages:
        _count_message(count, kept, message, excuse)
    _count_repeats(count, messages)
    if Excuse.FORGOTTEN not in excuse:
        _count_rows(count, books, kept)
    for numbers in books.shown:
        places = {place.id for n in numbers if (place := books.place_of(books.asked[n])) is not None}
        if len(places) > 1:
            count.mismatched.append(f"Grok was shown questions of {len(places)} places at once: {numbers}")
    return count


def _answers(messages: list[Message]) -> Iterator[_Shown]:
    """Answers by name and place, the messages of each in their order."""
    found: dict[tuple[str, int], _Shown] = {}
    for message in sorted(messages, key=lambda m: m.id):
        for key, word in words_in(message.content):
            answer = found.setdefault((key, message.channel.id), _Shown(key, message.channel))
            answer.words.append(word)
            if message not in answer.messages:
                answer.messages.append(message)
    for answer in found.values():
        for file in filter(None, map(_file, answer.messages)):
            answer.words = [word for key, word in words_in(file) if key == answer.key]
    for answer in found.values():
        if _is_cut(answer.words):
            del answer.words[-1]
    yield from found.values()


def _file(message: Message) -> str | None:
    """What is attached: the whole of an answer that had no room."""
    return message.attachments[0].file.data.decode() if message.attachments else None


def _is_cut(words: list[int]) -> bool:
    """Whether the last word is not there whole, so that its number is not."""
    return len(words) > 1 and words[-1] != words[-2] + 1 and str(words[-2] + 1).startswith(str(words[-1]))


def _count_questions(count: Count, books: Books, kept: Kept, shown: list[_Shown], excuse: Excuse) -> None:
    answered: defaultdict[int, list[_Shown]] = defaultdict(list)
    for answer in shown:
        for number in numbers_of(answer.key):
            answered[number].append(answer)
    for asked in books.asked.values():
        mine = answered.get(asked.number, [])
        first = [answer for answer in mine if "c" not in answer.key]
        if Excuse.FORGOTTEN in excuse and asked.way is Way.POST:  # who asks on below it shows Grok the post once more
            first = [answer for answer in first if list(numbers_of(answer.key)) == [asked.number]]
        if len(first) > 1:
            count.doubled.append(f"q{asked.number} is answered as {', '.join(a.key for a in first)}")
        if len(books.starters(asked.number)) > 1:
            count.doubled.append(f"q{asked.number} was shown more than once")
        if asked.is_owed and not mine:
            loss = _loss(books, kept, asked, excuse)
            if loss is not None:
                count.lost.append(f"q{asked.number} ({asked.way.name.lower()}): {loss}")


def _loss(books: Books, kept: Kept, asked: Asked, excuse: Excuse) -> str | None:
    """Why a question of which no answer is seen is lost; None where it was given an end that may be."""
    world = books.discord.world
    asking = next(iter(books.starters(asked.number)), None) if asked.way is Way.COMMAND else asked.message
    if Excuse.REFUSED in excuse and asked.command is not None and any(m.content for m in asked.command.messages):
        return None
    if asking is None:
        return "nothing came of the command"
    for row in kept.answers_to(asking.id):
        for place in kept.places_of(row.id):
            message = world.messages.get(place)
            ends = [] if message is None or message.deleted else _ends(message)
            if ends:
                broken = Excuse.BROKEN_OFF in excuse or ends[0].startswith("-# ⏹️")
                return None if broken else f"ended with {ends[0]!r}"
    for message in books.ours():
        if message.reference is not None and message.reference.message_id == asking.id:
            return None if Excuse.REFUSED in excuse else f"refused with {message.content!r}"
    return "no answer"


def _ends(message: Message) -> list[str]:
    """Lines that say of an answer that it ended early."""
    return [line for line in message.content.splitlines() if line.startswith(ENDED_EARLY)]


def _count_answer(count: Count, books: Books, kept: Kept, answer: _Shown) -> None:
    where = f"{answer.key} in {answer.place.name or 'direct messages'}"
    repeated = [word for word, times in Counter(answer.words).items() if times > 1]
    if repeated:
        count.doubled.append(f"{where}: {len(repeated)} words stand twice")
    elif answer.words != list(range(len(answer.words))):
        count.mismatched.append(f"{where}: words are missing or out of order")
    elif not (answer.is_whole or _went_on(kept, answer) or any(_ends(message) for message in _last_of(answer))):
        count.hanging.append(f"{where}: {len(answer.words)} of {length_of(answer.key)} words, and no end")
    for number in numbers_of(answer.key):
        asked = books.asked.get(number)
        if asked is None or books.place_of(asked) is not answer.place:
            count.mismatched.append(f"{where}: that is not where q{number} was asked")


def _went_on(kept: Kept, answer: _Shown) -> bool:
    here = kept.messages.get(answer.messages[-1].id)
    return here is not None and kept.went_on(here[0])


def _last_of(answer: _Shown) -> list[Message]:
    """The answer's last message, and the one right after it, which may hold the end alone."""
    last = answer.messages[-1]
    return [last, *[m for m in answer.place.messages if m.id > last.id and m.author is last.author][:1]]


def _count_message(count: Count, kept: Kept, message: Message, excuse: Excuse) -> None:
    labels = [str(button.get("label")) for button in message.buttons()]
    where = f"{message.content[:60]!r} in {message.channel.name or 'direct messages'}"
    if message.loading:
        if not message.ephemeral or Excuse.BROKEN_OFF not in excuse:  # who gave the command is told after 15 minutes
            count.hanging.append(f"{where}: is thinking")
    elif "Stop" in labels:
        count.hanging.append(f"{where}: has a Stop button")
    elif any(line.startswith(PROMISES) for line in message.content.splitlines()):
        count.hanging.append(f"{where}: promises more")
    is_answer = bool({*labels} - {"Try again"}) or message.content.startswith(ENDED_EARLY)  # a refusal may have that
    if is_answer and not message.ephemeral and message.id not in kept.messages and Excuse.FORGOTTEN not in excuse:
        count.mismatched.append(f"{where}: the database knows nothing of this message")


def _count_repeats(count: Count, messages: list[Message]) -> None:
    """Messages that say the same in the same place, and are not of answers, nor each for whoever gave a command."""
    said: set[object] = set()
    for message in messages:
        this = (message.channel.id, message.content, message.reference)
        plain = message.content and not message.ephemeral and not message.content.startswith(ENDED_EARLY)
        if plain and this in said and not any(words_in(message.content)):
            count.doubled.append(f"{message.content[:60]!r} in {message.channel.name}: stands there twice")
        said.add(this)


def _count_rows(count: Count, books: Books, kept: Kept) -> None:
    """Whether the database is at rest, and says what Grok said and what Discord shows."""
    for row in kept.rows.values():
        if row.state in {"pending", "streaming"}:
            count.hanging.append(f"the database holds an open response: {row.sender} {row.message[:40]!r}")
        elif row.sender == "model":
            _count_row(count, books, kept, row)


def _count_row(count: Count, books: Books, kept: Kept, row: Row) -> None:
    kept_words = list(words_in(row.message))
    keys = {key for key, _ in kept_words}
    said = [key for key in dict.fromkeys(books.said) if text_of(key).startswith(row.message.rstrip())]
    if row.message and (len(keys) > 1 or not said):
        count.mismatched.append(f"the database holds what Grok did not say: {row.message[:60]!r}")
    if row.state == "done" and keys and row.message != text_of(next(iter(keys))):
        count.mismatched.append(f"the database calls {next(iter(keys))} done, and it is not whole")
    messages = [books.discord.world.messages.get(place) for place in kept.places_of(row.id)]
    there = [message for message in messages if message is not None and not message.deleted]
    if len(there) < len(messages):
        count.mismatched.append(f"{row.message[:40]!r}: the database names messages that are not there")
    files = [file for message in there if (file := _file(message)) is not None]
    visible = [word for text in files or [message.content for message in there] for word in words_in(text)]
    if there and visible != kept_words:
        count.mismatched.append(f"{sorted(keys)}: {len(visible)} words are shown, {len(kept_words)} are kept")
    ended_early = any(_ends(message) for message in there)
    # Under an answer that stands there again it is told how another variant ended, of which nothing came.
    others = [one for one in kept.below.get(row.parent_id, ()) if one.sender == "model"]
    may = {one.state != "done" for one in others if one is row or not one.message}
    may |= {False} if kept.went_on(row.id) else set()
    if there and ended_early not in may:
        count.mismatched.append(f"{sorted(keys)}: the database says {row.state}, Discord shows another end")
