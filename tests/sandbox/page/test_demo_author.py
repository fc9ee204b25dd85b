from __future__ import annotations

from grokbot.sandbox.page.demo_author import LENGTHS, SKY, DemoAuthor
from grokbot.wire.xai.chat_pb2 import Content, Message, MessageRole


def asked(*texts: str) -> list[Message]:
    roles = [MessageRole.ROLE_USER, MessageRole.ROLE_ASSISTANT]
    return [Message(role=roles[n % 2], content=[Content(text=text)]) for n, text in enumerate(texts)]


def test_the_question_that_the_page_suggests_is_answered_and_a_resample_differs() -> None:
    author = DemoAuthor()
    found = [author.script(asked("Alice: Why is the sky blue?")) for _ in range(4)]
    assert found == [*SKY, SKY[0]]


def test_whatever_else_is_asked_differs_in_length_when_it_is_asked_again() -> None:
    author = DemoAuthor()
    first = [author.script(asked("Hello")) for _ in LENGTHS]
    assert [script.tokens for script in first if script is not None] == list(LENGTHS)
    other = author.script(asked("Hello", "An answer", "And now?"))
    assert other is not None
    assert other.tokens == LENGTHS[0]


def test_directives_of_a_question_are_left_to_the_loopback_grok() -> None:
    assert DemoAuthor().script(asked("Why is the sky blue? !slow 5")) is None
