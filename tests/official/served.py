"""The sandbox's Grok as a process of its own, for tests that have the SDK's wire: it prints its address.

What it says is what the SDK's tests expect of their own test server; everything else is the sandbox's.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.grok_server import FunctionRequest, GrokRules, GrokSandbox, ModelFacts, Script, ScriptedQuery
from grokbot.sandbox.grok_server.answers import text_of
from grokbot.sandbox.grok_server.prices import IMAGE_MODELS, ImageModelFacts
from grokbot.wire.xai.chat_pb2 import ReasoningEffort
from grokbot.wire.xai.image_pb2 import GenerateImageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.wire.xai.chat_pb2 import Message

ASKED = ("grok-3", "grok-4", "grok-4-fast", "grok-4.3", "grok-4.5")
HELLO = "Hello, this is a test response!"
WEATHER = FunctionRequest("get_weather", '{"city":"London","units":"C"}')
SEARCH = ScriptedQuery("What is the weather in London?", output="I am tool response")


def facts(given: dict[str, Any]) -> tuple[ModelFacts, ...]:
    """The models that a test lists, or those that the tests ask without listing them."""
    every = frozenset(ReasoningEffort.values()) - {ReasoningEffort.INVALID_EFFORT}
    names = given.get("language_models") or {name: [f"{name}-latest"] for name in ASKED}
    return tuple(
        ModelFacts(name, 131_072, 0, 0, 0, tuple(aliases), reasons=False, efforts=every)
        for name, aliases in names.items()
    )


def image_facts(given: dict[str, Any]) -> tuple[ImageModelFacts, ...]:
    """The same for models that make images."""
    listed = given.get("image_generation_models")
    if listed:
        return tuple(ImageModelFacts(name, 7, 0, (0, 0), 3) for name in listed)
    return (*IMAGE_MODELS, ImageModelFacts("grok-2-image", 7, 0, (0, 0), 3))


class Author:
    """Says what their test server says: it sees the request, which the conversation alone does not tell."""

    def __init__(self, grok: GrokSandbox, envelope: str) -> None:
        self._grok = grok
        self._envelope = envelope

    def script(self, conversation: Sequence[Message]) -> Script | None:
        """The answer to the request that arrived last."""
        request: Any = self._grok.requests[-1].request
        if request.response_format.schema:
            return Script(text='{"city":"London","units":"C", "temperature": 20}')
        kinds = {tool.WhichOneof("tool") for tool in request.tools}
        if "image_generation" in kinds:
            query = ScriptedQuery(text_of(conversation[-1]), "image", output=self._envelope)
            return Script(text="Here is your image.", queries=(query,))
        if kinds - {"function"}:
            return Script(text="I am searching.", queries=(SEARCH,))
        if kinds:
            return Script(text="I am retrieving the weather for London in Celsius.", functions=(WEATHER,))
        return Script(text=HELLO, reasoning="test reasoning content" if request.use_encrypted_content else "")


async def main(folder: Path) -> None:
    """Serve until standard input ends. Requests for images are written into `folder`."""
    given = json.loads((folder / "models.json").read_text())
    picture = (folder / "test.jpg").read_bytes()
    envelope = (folder / "envelope.json").read_text()
    rules = GrokRules(
        api_key="123",
        tokens_per_second=math.inf,
        query_seconds=0.0,
        directives=False,
        tells_cost=False,
        models=facts(given),
        image_models=image_facts(given),
    )
    async with GrokSandbox(rules) as grok:
        grok.answers_by(Author(grok, envelope).script)
        grok.images_by(lambda _: ("image/jpeg", picture))
        grok.on_change(lambda: note(grok, folder))
        print(grok.target, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def note(grok: GrokSandbox, folder: Path) -> None:
    """Write down the last request for images."""
    last = next((c.request for c in reversed(grok.requests) if isinstance(c.request, GenerateImageRequest)), None)
    if last is not None:
        (folder / "last_image_request").write_bytes(last.SerializeToString())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
