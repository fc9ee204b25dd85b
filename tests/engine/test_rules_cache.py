"""What is kept of the rules of servers: people who installed the bot for themselves bring any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.engine.admission import rules_cache
from grokbot.engine.admission.rules_cache import RulesCache, ServerRules
from tests.alive import alive

if TYPE_CHECKING:
    import pytest

    from .house import House


async def test_the_rules_of_servers_are_kept_for_so_many_and_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_cache, "MOST_KEPT", 5)
    rules, before = RulesCache(house.engine.context), alive(ServerRules)
    for guild_id in range(1, 21):
        await rules.of(guild_id)
    assert alive(ServerRules) - before == 5
    assert await rules.of(1) == await rules.of(20)
