"""Every documented name of the SDK of 2024, against a served engine with a loopback Grok."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import proofs_chat, proofs_forest, proofs_grok, proofs_response, proofs_stateful
from .rows import DOCUMENTED, ROWS, World

if TYPE_CHECKING:
    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

    from .rows import Row

TABLES = (proofs_chat, proofs_grok, proofs_forest, proofs_response, proofs_stateful)


@pytest.fixture(scope="module")
def world(one_served: ServedHouse, one_client: Client) -> World:
    return World(one_served, one_client)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
async def test_what_is_documented(row: Row, world: World) -> None:
    await row.proof(world)
    assert world.served.grok.scripts_left == 0


def test_no_documented_name_is_missing_and_none_is_made_up() -> None:
    assert len(set(DOCUMENTED)) == len(DOCUMENTED)
    assert {row.name for row in ROWS} == set(DOCUMENTED)
