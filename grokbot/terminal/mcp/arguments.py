"""The arguments of each tool: their names, types, defaults and descriptions, from which its schema is made. Pure.

Those of `stateful_chat` are the documented tool's, in its order. Not here: what the tools do (`calls`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grokbot.settings.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    ArgumentsT = TypeVar("ArgumentsT", bound="Arguments")

DOCUMENTED_MODEL = "grok-4"
"""The documented tool's default. xAI offers no model of that name any more: here it means no particular one."""

MOST_LISTED = 100
MOST_SHOWN = 500

ConversationId = Annotated[
    str, Field(description="The conversation's id. Four or more characters of its beginning or end are enough.")
]
Limit = Annotated[int, Field(description="How many at most.", ge=1, le=MOST_LISTED)]
Offset = Annotated[int, Field(description="How many of the newest to leave out, for the next page.", ge=0)]


class Arguments(BaseModel):
    """What all have in common: an unknown argument is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StatefulChatArguments(Arguments):
    """`stateful_chat`."""

    prompt: str = Field(description="What you want to say in this turn of the conversation.")
    response_id: str | None = Field(
        None, description="ID from a previous response to continue that conversation (optional)."
    )
    model: str = Field(
        DOCUMENTED_MODEL,
        description="Which Grok model to use. grok-4 stands for the conversation's own, or the bot's for a new one.",
    )
    system_prompt: str | None = Field(
        None, description="Instructions for the AI (only used when starting a new conversation)."
    )
    include_reasoning: bool = Field(default=False, description="Get a summary of the model's thinking process.")
    temperature: float | None = Field(None, description="Controls creativity, 0 to 2.", ge=0, le=2)
    max_tokens: int | None = Field(None, description="Maximum length of the response.", ge=1)


class ListArguments(Arguments):
    """`list_conversations`."""

    starred: bool = Field(default=False, description="Only those that you starred.")
    limit: Limit = 20
    offset: Offset = 0


class SearchArguments(Arguments):
    """`search_conversations`."""

    words: str = Field(description="Words in the title or in what was said, in any case.", min_length=1)
    limit: Limit = 20
    offset: Offset = 0


class ShowArguments(Arguments):
    """`show_conversation`."""

    conversation_id: ConversationId
    all_branches: bool = Field(
        default=False, description="Every variant and branch, not only the path that is shown in Discord."
    )
    limit: int = Field(50, description="How many responses at most, the newest ones.", ge=1, le=MOST_SHOWN)


class AskArguments(Arguments):
    """`ask`."""

    prompt: str = Field(description="What to say.")
    conversation_id: str | None = Field(
        None, description="Where to say it, below its last answer; without it, a new conversation begins."
    )
    model: str | None = Field(None, description="The model that answers; by default the conversation's own.")
    system_prompt: str | None = Field(None, description="Instructions for the model, for a new conversation only.")
    temperature: float | None = Field(None, description="0 for the most likely words, up to 2.", ge=0, le=2)
    max_tokens: int | None = Field(None, description="Maximum length of the answer.", ge=1)


class ResampleArguments(Arguments):
    """`resample`."""

    conversation_id: ConversationId
    instruction: str = Field("", description="What to do differently, for this answer alone. Example: shorter.")


class TitleArguments(Arguments):
    """`title_conversation`."""

    conversation_id: ConversationId
    title: str = Field("", description="The new title; without it, Grok writes one.")


class StarArguments(Arguments):
    """`star_conversation`."""

    conversation_id: ConversationId
    starred: bool = Field(default=True, description="False removes the star.")


class ShareArguments(Arguments):
    """`share_conversation`."""

    conversation_id: ConversationId
    response_id: str | None = Field(None, description="The last response on the page; by default the last answer.")


class UnshareArguments(Arguments):
    """`unshare_conversation`."""

    conversation_id: ConversationId


def read_arguments(kind: type[ArgumentsT], given: Mapping[str, Any]) -> ArgumentsT:
    """The arguments of a call.

    Raises:
        ValueError: One is missing, unknown or wrong; says which, and what it must be.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        raise ValueError(f"`{name}` is missing.")
    if first["type"] == "extra_forbidden":
        raise ValueError(f"There is no argument `{name}`. There are: {', '.join(kind.model_fields)}.")
    raise ValueError(f"`{name}` {sentence(first)[0]}.")
