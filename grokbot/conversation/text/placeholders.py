"""Words that are kept elsewhere, where the operator wants none in the database: what stands in their place.

Not here: dropping them (`store.privacy.drop_text`), reading them again (`engine.deletion.reread`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.history import Prompt
    from grokbot.conversation.response import Response

ELSEWHERE = "[These words are kept at xAI and in the thread, not here.]"
"""In place of the words of a response. It is shown where they cannot be read again."""


def are_elsewhere(responses: Iterable[Response]) -> bool:
    """Whether the words of one of these are."""
    return any(response.message == ELSEWHERE for response in responses)


def lacks_words(prompt: Prompt) -> bool:
    """Whether the model would be shown what stands in place of words."""
    return any(ELSEWHERE in said.text for said in prompt.messages)
