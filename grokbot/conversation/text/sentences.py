"""The bot's own sentences: written in English where they are used, said in the language of whoever reads them. Pure.

Not here: what they say in other languages (`languages`), which language somebody reads (`discord_bot`).
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ENGLISH = NullTranslations()
"""The language of the code, of logs, of programs and of every place that names no other."""

_spoken: ContextVar[NullTranslations] = ContextVar("spoken", default=ENGLISH)


@contextmanager
def in_language(language: NullTranslations) -> Iterator[None]:
    """What is put into words inside the block, and in tasks that begin there, is in this language."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def speak(language: NullTranslations) -> None:
    """The same for the rest of the current task."""
    _spoken.set(language)


def spoken_here() -> NullTranslations:
    """The language of the current task."""
    return _spoken.get()


def in_words(value: Any) -> Any:
    """What is about to be sent, with every sentence in it put into words: JSON would take the English ones."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {key: in_words(each) for key, each in value.items()}
    return [in_words(each) for each in value] if isinstance(value, (list, tuple)) else value


class Sentence(str):
    """A sentence, or a label, that people read. As text it is in the reader's language: `str()`, an f-string, `format`.

    Its own value is the English text: it compares and hashes like that, and is what translators see. `str.join` and
    slices work on the value, so they need `str()` around each sentence. Where one English word needs two translations,
    `context` tells them apart.
    """

    __slots__ = ("context",)
    context: str

    def __new__(cls, text: str, context: str = "") -> Self:
        """The sentence with this English text, a literal."""
        made = super().__new__(cls, text)
        made.context = context
        return made

    def __str__(self) -> str:
        """The text in the reader's language."""
        language, text = _spoken.get(), str.__str__(self)
        if not text:  # gettext has its header there
            return ""
        return language.pgettext(self.context, text) if self.context else language.gettext(text)

    def __format__(self, spec: str) -> str:
        """As `str` does, in the reader's language."""
        return format(str(self), spec)

    def format(self, *args: object, **values: object) -> str:
        """The text in the reader's language with its named places filled."""
        return str(self).format(*args, **values)

    def later(self, **values: object) -> Sentence:
        """With its named places filled, and still put into words by its reader: for errors that another task tells."""
        return _Filled(self, values)

    def __add__(self, other: str) -> str:
        """Both in the reader's language."""
        return f"{self}{other}"

    def __radd__(self, other: str) -> str:
        """As above."""
        return f"{other}{self}"

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override] # a context more
        """Copied and pickled as what it is."""
        return str.__str__(self), self.context


class _Filled(Sentence):
    """A sentence and what stands in its named places."""

    __slots__ = ("_sentence", "_values")
    _sentence: Sentence
    _values: Mapping[str, object]

    def __new__(cls, sentence: Sentence, values: Mapping[str, object]) -> Self:
        made = super().__new__(cls, str.format(str.__str__(sentence), **values))
        made._sentence, made._values = sentence, values
        return made

    def __str__(self) -> str:
        return self._sentence.format(**self._values)

    def __getnewargs__(self) -> tuple[Sentence, Mapping[str, object]]:  # type: ignore[override] # its own
        return self._sentence, self._values


class _Worded(Sentence):
    """What a function says."""

    __slots__ = ("_words",)
    _words: Callable[[], str]

    def __new__(cls, words: Callable[[], str]) -> Self:
        with in_language(ENGLISH):
            made = super().__new__(cls, words())
        made._words = words
        return made

    def __str__(self) -> str:
        return self._words()

    def __getnewargs__(self) -> tuple[Callable[[], str]]:  # type: ignore[override] # its own
        return (self._words,)


def worded_later(words: Callable[[], str]) -> Sentence:
    """What the function says, put into words by its reader as `Sentence.later`: for errors made of several sentences.

    Args:
        words: Makes the text. It is called once at once, and at every reading.
    """
    return _Worded(words)


class Plural:
    """A sentence whose words depend on a number.

    Args:
        one: For one; `{n}` stands for the number, with marks between thousands.
        many: For any other number, in English; other languages may have more forms.
    """

    def __init__(self, one: str, many: str) -> None:
        self._one = one
        self._many = many

    def __call__(self, number: int, **values: Any) -> str:
        """The sentence for a number in the reader's language, with its other named places filled."""
        return _spoken.get().ngettext(self._one, self._many, number).format(n=f"{number:,}", **values)
