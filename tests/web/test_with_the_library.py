"""Share pages of what is really kept: shared, read, taken back, with the engine's library and a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.engine.admission import Opening
from grokbot.policy.actor import Actor
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
from grokbot.settings import WebSettings
from grokbot.web.share_site import serving_share_site
from tests.documents.cases import SAMPLE, grok, person, transcript
from tests.engine.house import ALICE, living
from tests.web.test_server import get, same

if TYPE_CHECKING:
    from pathlib import Path

OWNER = Actor(id=ALICE.id, name="")
OPENING = Opening(guild_id=1, channel_id=2, owner_id=ALICE.id)


@pytest.mark.parametrize("names", [True, False])
async def test_what_is_shared_can_be_read_until_it_is_taken_back(tmp_path: Path, names: bool) -> None:
    said = transcript(person("I am **carol**.", speaker="carol"), grok("Hello carol, <b>hi</b>."), title="carol's owls")
    async with GrokSandbox(GrokRules()) as sandbox, living(sandbox, tmp_path / "kept.sqlite3") as house:
        library = house.engine.library
        async with serving_share_site(WebSettings(listen="127.0.0.1:0"), library.shares.shown) as where:
            conversation = await library.transcripts.imported(said, OPENING, OWNER)
            assert conversation.leaf_id is not None
            token = await library.shares.add(conversation.leaf_id, OWNER, names=names)
            other = await library.shares.add(conversation.leaf_id, OWNER, names=names)
            url = f"http://{where}/s/{token}"
            status, _, page = await get(url)
            assert status == 200
            for form in ("", ".md", ".json"):
                assert (b"carol" in (await get(url + form))[2]) == names
            assert page.count(b"<article") == 2
            assert b"<b>" not in page

            unknown = await get(f"http://{where}/s/{'x' * len(token)}")
            await library.shares.close(conversation.id, OWNER)
            for form in ("", ".md", ".json"):
                for revoked in (token, other):
                    answer = await get(f"http://{where}/s/{revoked}{form}")
                    assert (answer[0], same(answer[1]), answer[2]) == (404, same(unknown[1]), unknown[2])


async def test_deleting_a_conversation_takes_its_pages_away(tmp_path: Path) -> None:
    async with GrokSandbox(GrokRules()) as sandbox, living(sandbox, tmp_path / "kept.sqlite3") as house:
        library = house.engine.library
        async with serving_share_site(WebSettings(listen="127.0.0.1:0"), library.shares.shown) as where:
            conversation = await library.transcripts.imported(SAMPLE, OPENING, OWNER)
            assert conversation.leaf_id is not None
            token = await library.shares.add(conversation.leaf_id, OWNER, names=False)
            assert (await get(f"http://{where}/s/{token}"))[0] == 200
            await library.delete(conversation.id, OWNER)
            assert (await get(f"http://{where}/s/{token}"))[0] == 404
