"""A sandbox's permanent behaviour. scripts.py directs single answers instead."""

from __future__ import annotations

from dataclasses import dataclass

from grokbot.sandbox.grok_server.prices import IMAGE_MODELS, MODELS, ImageModelFacts, ModelFacts


@dataclass(frozen=True, slots=True)
class GrokRules:
    """The settings of a `GrokSandbox`; the defaults suit a person who watches.

    Attributes:
        api_key: The one key that is accepted.
        port: Port on 127.0.0.1; 0 takes a free one.
        tokens_per_second: Pace of every stream without a script of its own; `inf` sends as fast as the client reads.
        tokens_per_chunk: Tokens sent together when nothing is late; 1 as at xAI, more saves CPU in benchmarks.
        first_token_after: Seconds before the first token.
        query_seconds: How long one server-side search takes.
        store_days: How long a stored response is kept; 30 at xAI.
        store_images: Whether a conversation with images may be stored; xAI may refuse that.
        largest_file: The largest file that may be uploaded, in bytes.
        requests_per_minute: Of answers and images; None: no limit.
        tokens_per_minute: Of prompts and answers together; None: no limit.
        tells_cost: Whether the usage says what it cost; xAI may leave that out.
        directives: Whether `!fail ...` and the like in the last message direct the answer.
        models: The models offered.
        image_models: The models offered that make images.
    """

    api_key: str = "xai-sandbox-0123456789"
    port: int = 0
    tokens_per_second: float = 60.0
    tokens_per_chunk: int = 1
    first_token_after: float = 0.0
    query_seconds: float = 0.5
    store_days: float = 30.0
    store_images: bool = True
    largest_file: int = 512 << 20
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tells_cost: bool = True
    directives: bool = True
    models: tuple[ModelFacts, ...] = MODELS
    image_models: tuple[ImageModelFacts, ...] = IMAGE_MODELS
