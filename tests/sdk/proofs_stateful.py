"""Rows of the third document, stateful_chat."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot import sdk
from grokbot.sandbox.grok_server import Script
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest
from tests.engine.house import previous, shown

from .rows import World, row

if TYPE_CHECKING:
    from grokbot.sdk.stateful import ChatResult

MODEL = "grok-4.5"


async def chat(world: World, prompt: str = "Hello?", response_id: str | None = None) -> ChatResult:
    return await world.client.stateful.chat(prompt, response_id, MODEL)


def asked(world: World) -> GetCompletionsRequest:
    """What xAI was asked last."""
    request = world.served.grok.requests[-1].request
    assert isinstance(request, GetCompletionsRequest)
    return request


@row("stateful.chat(prompt)", "it is what the model is shown, and xAI is to keep it")
async def _(world: World) -> None:
    await world.client.stateful.chat(prompt="Sky?", model=MODEL)
    assert shown(world.served.grok.requests[-1])[-1] == "user: Sky?"
    assert asked(world).store_messages


@row("stateful.chat(response_id)", "only what is new is sent, after what xAI keeps; also twice from the same")
async def _(world: World) -> None:
    first = await chat(world)
    kept = world.served.grok.requests[-1].response_id
    for prompt in ("On?", "Otherwise?"):
        await world.client.stateful.chat(prompt, response_id=first["response_id"], model=MODEL)
        assert previous(world.served.grok.requests[-1]) == kept
        assert shown(world.served.grok.requests[-1]) == [f"user: {prompt}"]


@row("stateful.chat(response_id)", "an unknown one is NotFoundError")
async def _(world: World) -> None:
    with pytest.raises(sdk.NotFoundError):
        await chat(world, response_id="nobody")


@row("stateful.chat(model)", "it is who answers; without one it is the conversation's own, or the daemon's")
async def _(world: World) -> None:
    first = await world.client.stateful.chat("Hello?", model="grok-4.3")
    assert asked(world).model == "grok-4.3"
    await world.client.stateful.chat("On?", first["response_id"])
    assert asked(world).model == "grok-4.3"
    await world.client.stateful.chat("Hello?")
    assert asked(world).model == (await world.client.daemon.status()).model


@row("stateful.chat(system_prompt)", "it begins a new conversation, and has no effect on one that goes on")
async def _(world: World) -> None:
    first = await world.client.stateful.chat("Hello?", model=MODEL, system_prompt="Speak like a pirate.")
    assert any("pirate" in line for line in shown(world.served.grok.requests[-1]) if line.startswith("system"))
    await world.client.stateful.chat("On?", first["response_id"], MODEL, system_prompt="Speak like a king.")
    assert not any("king" in line for line in shown(world.served.grok.requests[-1]))


@row("stateful.chat(include_reasoning)", "without it no reasoning is told")
async def _(world: World) -> None:
    world.served.grok.script(Script(text="Blue.", reasoning="Light scatters."))
    assert "reasoning" not in await chat(world, "Sky?")


@row("stateful.chat(temperature)", "it reaches xAI; above 2 it is InvalidInputError")
async def _(world: World) -> None:
    await world.client.stateful.chat("Hello?", model=MODEL, temperature=0.0)
    assert asked(world).HasField("temperature")
    assert asked(world).temperature == 0.0
    await world.client.stateful.chat("Hello?", model=MODEL)
    assert not asked(world).HasField("temperature")
    with pytest.raises(sdk.InvalidInputError):
        await world.client.stateful.chat("Hello?", model=MODEL, temperature=2.5)


@row("stateful.chat(max_tokens)", "it reaches xAI")
async def _(world: World) -> None:
    await world.client.stateful.chat("Hello?", model=MODEL, max_tokens=1234)
    assert asked(world).max_tokens == 1234


@row("stateful.chat -> content", "the whole answer")
async def _(world: World) -> None:
    world.served.grok.script(Script(text="Blue."))
    assert (await chat(world, "Sky?"))["content"] == "Blue."


@row("stateful.chat -> response_id", "the id under which the daemon keeps the answer, in a conversation of its own")
async def _(world: World) -> None:
    first, second = await chat(world), await chat(world)
    assert (await world.served.house.kept(first["response_id"])).message == first["content"]
    assert first["conversation_id"] != second["conversation_id"]
    conversation = await world.client.grok.get_conversation(first["conversation_id"])
    assert conversation.get_response(first["response_id"]).message == first["content"]


@row("stateful.chat -> status", "completed, or incomplete where the length was at its limit")
async def _(world: World) -> None:
    assert (await chat(world))["status"] == "completed"
    world.served.grok.script(Script(text="Once upon a", finish="max_len"))
    assert (await chat(world))["status"] == "incomplete"


@row("stateful.chat -> model", "who answered")
async def _(world: World) -> None:
    assert (await chat(world))["model"] == MODEL


@row("stateful.chat -> usage", "what it took, adding up")
async def _(world: World) -> None:
    world.served.grok.script(Script(text="Blue.", reasoning="Light scatters."))
    usage = (await chat(world, "Sky?"))["usage"]
    assert usage["output_tokens"] > usage["output_tokens_details"]["reasoning_tokens"] > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["cost_in_usd_ticks"] > 0
    assert (usage["input_tokens_details"], usage["num_server_side_tools_used"]) == ({"cached_tokens": 0}, 0)


@row("stateful.chat -> stored_until", "a date, thirty days from now")
async def _(world: World) -> None:
    stored_until = (await chat(world))["stored_until"]
    assert stored_until is not None
    days = date.fromisoformat(stored_until) - datetime.now(UTC).date()
    assert abs(days - timedelta(days=30)) <= timedelta(days=1)


@row("stateful.chat -> continued_from", "the id that was given, None for a new conversation")
async def _(world: World) -> None:
    first = await chat(world)
    assert first["continued_from"] is None
    second = await chat(world, "On?", first["response_id"])
    assert second["continued_from"] == first["response_id"]
    assert second["conversation_id"] == first["conversation_id"]


@row("stateful.chat -> reasoning", "what the model thought, where it was asked for")
async def _(world: World) -> None:
    world.served.grok.script(Script(text="Blue.", reasoning="Light scatters."))
    result = await world.client.stateful.chat("Sky?", model=MODEL, include_reasoning=True)
    assert result.get("reasoning") == "Light scatters."
