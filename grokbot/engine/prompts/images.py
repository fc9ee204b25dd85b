"""An answer that is images of the last message, by the image model: what is asked of it, and what comes.

Not here: images outside of conversations (`library.images`), those that the chat model makes on its way (`xai`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Drawn, UsageSoFar
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.image_request import ImageRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.conversation.draft import Events
    from grokbot.conversation.response import Response
    from grokbot.engine.context import Context


class ImageAnswers:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        price_of: What one image of a model costs, in ticks.
    """

    def __init__(self, context: Context, price_of: Callable[[str], int]) -> None:
        self._store = context.store
        self._grok = context.grok
        self._price_of = price_of

    async def made(self, answer: Response, person: str) -> Events:
        """The images and what they cost; no images, if xAI withholds them all.

        Args:
            answer: Its options say which model, how many, and what shape.
            person: Who is named to xAI.

        Raises:
            GrokError: There are none.
            StoreError: The message could not be read.
        """
        path, options = await self._store.responses.path(answer.parent_id), answer.options
        model = options.image_model or ""
        prompt = path[-1].message if path else ""
        if not prompt:
            raise GrokError(GrokFailure.RESPONSE_GONE, "the prompt was taken back")
        wanted = ImageRequest(prompt=prompt, model=model, count=options.image_count or 1, aspect=options.image_aspect)
        made = await self._grok.make_images(wanted, person)
        usage = made.usage
        if usage.cost_ticks is None:
            usage = replace(usage, cost_ticks=(len(made.images) + made.withheld) * self._price_of(model))
        return (UsageSoFar(usage), *(Drawn(image, prompt) for image in made.images))
