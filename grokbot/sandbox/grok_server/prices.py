"""The models, what each accepts, and what an answer costs.

Here: the documented table of autumn 2026 as data, and the arithmetic of the bill. Not here: counting tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from grokbot.wire.xai.chat_pb2 import ReasoningEffort

#: A prompt of this many tokens doubles the price of all tokens of its call.
LONG_PROMPT: Final = 200_000

#: 5 US dollars for 1,000 calls of a server-side tool, in ticks (10^10 a dollar) for one call.
TOOL_CALL_TICKS: Final = 5 * 10**10 // 1_000

#: 10 US dollars for 1,000 searches of attached files.
ATTACHMENT_TICKS: Final = 2 * TOOL_CALL_TICKS

_NONE = ReasoningEffort.EFFORT_NONE
_LOW = ReasoningEffort.EFFORT_LOW
_MEDIUM = ReasoningEffort.EFFORT_MEDIUM
_HIGH = ReasoningEffort.EFFORT_HIGH
_XHIGH = ReasoningEffort.EFFORT_XHIGH


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The sandbox's data about one model.

    Prices are in xAI's unit: divided by 10,000 they are US dollars for a million tokens. In that unit a price is also
    the number of ticks that one token costs: price / 10^4 / 10^6 dollars, times 10^10 ticks a dollar.
    """

    name: str
    context: int
    prompt_price: int
    cached_price: int
    completion_price: int
    aliases: tuple[str, ...] = ()
    reasons: bool = True
    efforts: frozenset[ReasoningEffort.ValueType] = frozenset()
    default_effort: ReasoningEffort.ValueType = _HIGH


#: The efforts of 4.5 and of the 4.20 models are not documented; the sandbox takes the narrow reading, so that what
#: works here works there.
MODELS: Final = (
    ModelFacts(
        "grok-4.7", 500_000, 20_000, 5_000, 60_000, ("grok-latest",), efforts=frozenset({_LOW, _MEDIUM, _HIGH, _XHIGH})
    ),
    ModelFacts("grok-4.6", 500_000, 20_000, 5_000, 60_000, efforts=frozenset({_LOW, _MEDIUM, _HIGH, _XHIGH})),
    ModelFacts("grok-4.5", 500_000, 20_000, 3_000, 60_000, efforts=frozenset({_LOW, _MEDIUM, _HIGH})),
    ModelFacts("grok-4.3", 1_000_000, 12_500, 2_000, 25_000, efforts=frozenset({_NONE, _LOW, _MEDIUM, _HIGH, _XHIGH})),
    ModelFacts("grok-4.20-0309-reasoning", 1_000_000, 12_500, 2_000, 25_000, ("grok-4.20", "grok-4.20-reasoning")),
    ModelFacts(
        "grok-4.20-0309-non-reasoning", 1_000_000, 12_500, 2_000, 25_000, ("grok-4.20-non-reasoning",), reasons=False
    ),
)


@dataclass(frozen=True, slots=True)
class ImageModelFacts:
    """The sandbox's data about one model that makes images.

    Attributes:
        name: Its name.
        price: US cents for one image, as the list of models tells it.
        input_ticks: What each image to edit adds.
        output_ticks: What each image costs that was made, by resolution.
        inputs: How many images one request may give to edit.
        aliases: Other names.
        context: Tokens of the longest prompt.
    """

    name: str
    price: int
    input_ticks: int
    output_ticks: tuple[int, int]
    inputs: int
    aliases: tuple[str, ...] = ()
    context: int = 8_000


_CENT = 10**8

#: An edit is billed for what goes in and for what comes out. The price of 2.0 is not documented: that of the cheapest.
IMAGE_MODELS: Final = (
    ImageModelFacts("grok-imagine-image", 2, _CENT // 5, (2 * _CENT, 2 * _CENT), 3, ("grok-imagine-image-latest",)),
    ImageModelFacts("grok-imagine-image-2.0", 2, _CENT // 5, (2 * _CENT, 2 * _CENT), 3),
    ImageModelFacts("grok-imagine-image-quality", 5, _CENT, (5 * _CENT, 7 * _CENT), 3),
)


@dataclass(frozen=True, slots=True)
class Consumption:
    """The usage of one answer: tokens by kind, tool calls, and the ticks of tools with another price."""

    prompt_text: int = 0
    prompt_images: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0
    tool_calls: int = 0
    other_ticks: int = 0

    @property
    def prompt(self) -> int:
        """All tokens in the prompt."""
        return self.prompt_text + self.prompt_images

    @property
    def total(self) -> int:
        """All tokens in the prompt and the answer, reasoning included."""
        return self.prompt + self.completion + self.reasoning


_Facts = TypeVar("_Facts", ModelFacts, ImageModelFacts)


def find(models: tuple[_Facts, ...], name: str) -> _Facts | None:
    """The model with this name or alias."""
    return next((model for model in models if name == model.name or name in model.aliases), None)


def cost_ticks(model: ModelFacts, used: Consumption, long: bool | None = None) -> int:
    """The bill in ticks, 10^10 a US dollar, tools included.

    Args:
        model: Its prices.
        used: What is billed.
        long: Whether the price of a long prompt holds; None: the prompt's tokens tell.
    """
    factor = 2 if (used.prompt >= LONG_PROMPT if long is None else long) else 1
    tokens = (
        (used.prompt - used.cached) * model.prompt_price
        + used.cached * model.cached_price
        + (used.completion + used.reasoning) * model.completion_price
    )
    return factor * tokens + used.tool_calls * TOOL_CALL_TICKS + used.other_ticks
