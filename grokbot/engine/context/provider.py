"""What the engine asks of a provider of models. `xai.client` is the one there is.

Not here: requests, tries and errors of a provider (`xai`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from grokbot.conversation.draft import Completion, Events
    from grokbot.conversation.history import Prompt
    from grokbot.conversation.response import Conversation
    from grokbot.policy.budgets import Prices


class Provider(Protocol):
    """Every method raises GrokError where the provider does not give what it is asked for."""

    def stream(self, prompt: Prompt, conversation: Conversation) -> AsyncGenerator[Events, None]:
        """What each chunk of one answer says, as the chunks arrive. Closing the generator ends the call."""

    async def complete(self, prompt: Prompt, conversation: Conversation, *, max_tokens: int) -> Completion:
        """A few words in one piece, as cheaply as the conversation's model can.

        Args:
            prompt: What the model is shown.
            conversation: Whose model is asked.
            max_tokens: Most tokens, with those of reasoning.
        """

    async def delete_stored(self, xai_id: str) -> None:
        """Deletes a stored response. That it is not there is as good."""

    async def stored_text(self, xai_id: str) -> str:
        """What a stored response says; "" where it says nothing."""

    async def prices(self) -> Mapping[str, Prices]:
        """What models cost, by their names and aliases."""
