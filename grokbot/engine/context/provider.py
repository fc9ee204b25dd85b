"""The engine's interface to a provider of models. `xai.client` is the only one.

Not here: requests, tries and errors of a provider (`xai`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from grokbot.conversation.draft import Completion, Events
    from grokbot.conversation.history import Prompt, PromptMessage
    from grokbot.conversation.image_request import ImageRequest, MadeImages
    from grokbot.conversation.response import Conversation
    from grokbot.policy.budgets import ListedModel
    from grokbot.settings import XaiSettings


class Provider(Protocol):
    """Every method that asks it something raises GrokError if the provider fails."""

    def use(self, settings: XaiSettings) -> None:
        """Asks with these settings from now on. What runs goes on as it began."""

    def stream(self, prompt: Prompt, conversation: Conversation) -> AsyncGenerator[Events, None]:
        """The events of each chunk of one answer, as the chunks arrive. Closing the generator ends the call."""

    async def complete(
        self, prompt: Prompt, conversation: Conversation, *, max_tokens: int, seconds: float = ...
    ) -> Completion:
        """A short text in one piece, as cheaply as the conversation's model can.

        Args:
            prompt: What the model sees.
            conversation: Whose model is asked.
            max_tokens: Most tokens, with those of reasoning.
            seconds: The deadline, if not the usual one of a minute.
        """

    async def compact(self, messages: Sequence[PromptMessage], model: str) -> Completion:
        """The messages in a sealed form, much shorter, that only this model can read later. Its text is that form."""

    async def delete_stored(self, xai_id: str) -> None:
        """Deletes a stored response. A missing one counts as deleted."""

    async def stored_text(self, xai_id: str) -> str:
        """The text of a stored response; "" if it has none."""

    async def models(self) -> Mapping[str, ListedModel]:
        """Prices of models, by their names and aliases."""

    async def image_prices(self) -> Mapping[str, int]:
        """What one image costs, in ticks, by name and alias of each model that makes them."""

    async def make_images(self, wanted: ImageRequest, user: str) -> MadeImages:
        """Makes or edits images, once and without retries.

        Args:
            wanted: What to make.
            user: Names the person to the provider's abuse control, opaquely; "": nobody.
        """
