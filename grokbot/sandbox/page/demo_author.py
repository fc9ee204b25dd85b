"""What the loopback Grok says to whoever tries the page: answers to its suggestion, and never the same one twice.

Not here: the author of everything else, which tells what the model was shown (`grok_server.answers.author`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.answers import Script, ScriptedQuery, directed, text_of
from grokbot.wire.xai.chat_pb2 import MessageRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.wire.xai.chat_pb2 import Message

PACE: Final = 45.0
"""Tokens per second: as fast as one reads along."""

SKY: Final = (
    Script(
        text="Sunlight holds **all colours**. Air scatters *short* waves far more than long ones, about with the "
        "fourth power of the frequency, so blue light reaches your eyes from every direction.\n\n"
        "- red, 700 nm: hardly scattered\n- blue, 450 nm: scattered about six times as much\n\n"
        "Press **Resample** for another answer, or write on: this thread is one conversation.",
        tokens_per_second=PACE,
    ),
    Script(
        text="Because air is a better mirror for blue than for red:\n\n"
        "```python\ndef scattered(wavelength_nm: float) -> float:\n    return (550 / wavelength_nm) ** 4\n\n"
        "print(scattered(450) / scattered(700))  # 5.86\n```\n"
        "Violet is scattered even more, but the sun sends less of it, and eyes see it badly.",
        tokens_per_second=PACE,
    ),
    Script(
        text="> The sky is blue for the same reason that the evening is red.\n\n"
        "At noon sunlight crosses little air and loses a bit of its blue: that blue is the sky. In the evening it "
        "crosses about **38 times** as much. The blue is gone long before it reaches you, and red is what is left.",
        queries=(ScriptedQuery("air mass at the horizon", sources=("https://example.org/air-mass",)),),
        tokens_per_second=PACE,
    ),
)
LENGTHS: Final = (0, 140, 260)
"""Tokens of one answer after the other to the same question: the longer ones show more of Markdown."""


class DemoAuthor:
    """Directs answers. It counts how often the same was asked: a resample is to be seen to differ."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def script(self, conversation: Sequence[Message]) -> Script | None:
        """The next answer; None where directives in the question direct it."""
        said = [text_of(message) for message in conversation if message.role == MessageRole.ROLE_USER]
        asked = said[-1] if said else ""
        if directed(asked) is not None:
            return None
        number = self._asked[asked]
        self._asked[asked] += 1
        if "why is the sky blue" in asked.lower():
            return SKY[number % len(SKY)]
        return Script(tokens=LENGTHS[number % len(LENGTHS)])
