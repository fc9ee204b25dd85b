from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from grokbot.settings import LimitsSettings
from tests.wire.by_hand import message

from .raw import STATELESS, Refused

if TYPE_CHECKING:
    from .raw import Raw
    from .service import ServedHouse


async def test_a_used_up_budget_is_resource_exhausted_in_both_services_and_nothing_has_changed(
    served: ServedHouse, raw: Raw
) -> None:
    conversation = await raw.begin()
    await raw.say(conversation, "One")
    before = await raw.responses(conversation)
    calls = len(served.grok.requests)
    context = served.engine.context
    context.settings = context.settings.model_copy(update={"limits": LimitsSettings(tokens_per_day=1)})
    with Refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refused:
        await raw.say(conversation, "Two")
    assert refused.text == "This bot has used up its limit for today."
    with Refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        await raw.all(STATELESS + "AddResponse", message((1, message((1, 1), (2, "Three")))))
    assert await raw.responses(conversation) == before
    assert len(served.grok.requests) == calls
