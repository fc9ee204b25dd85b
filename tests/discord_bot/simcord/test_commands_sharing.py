"""/share and /unshare: a link or a file, to oneself or for everybody, by those who may, and not for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.command_text import NOT_SHARED, SHARE_FILE, SHARED_BELOW
from grokbot.engine.library.shares import NAMES_ARE_THE_OWNERS
from grokbot.policy.rights import NOT_YOURS
from tests.discord_bot.simcord.commanding import BLUE, RED, SKY, SUNSET, asked, attached, only
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    from simcord.results import InteractionResult

    from grokbot.documents.transcript import Transcript

PUBLIC = "https://share.example"


async def shown(house: House, text: str) -> Transcript | None:
    """What the page shows whose address is in a sentence."""
    [address] = [word.rstrip(".") for word in text.split() if word.startswith(PUBLIC)]
    return await house.engine.library.shares.shown(address.removeprefix(f"{PUBLIC}/s/"))


def told(result: InteractionResult) -> list[tuple[bool, str]]:
    """What a command said, and whether privately."""
    given = [message for message in (result.response, *result.followups) if message is not None]
    return [(message.ephemeral, message.content) for message in given]


async def test_share_gives_the_address_of_a_page_to_whoever_asked_alone(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house, BLUE, RED)
    words = private_words(await house.alice.slash(thread, "share"))
    page = await shown(house, words)
    assert page is not None
    assert [turn.text for turn in page.turns] == [SKY, BLUE, SUNSET, RED]
    assert "Alice" not in {turn.speaker for turn in page.turns}
    assert len(house.said(thread)) == 2


async def test_what_comes_later_does_not_appear_and_names_appear_when_the_owner_wants_it(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house)
    words = private_words(await house.alice.slash(thread, "share", names=True))
    await house.bob.send(thread, SUNSET)
    page = await shown(house, words)
    assert page is not None
    assert [turn.text for turn in page.turns] == [SKY, BLUE]
    assert page.turns[0].speaker == "Alice"
    assert private_words(await house.bob.slash(thread, "share", names=True)) == NAMES_ARE_THE_OWNERS


async def test_others_may_not_share_what_was_not_said_to_them(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house)
    assert private_words(await house.bob.slash(thread, "share")) == NOT_YOURS
    house.bot.public_url = None
    assert private_words(await house.bob.slash(thread, "share")) == NOT_YOURS


async def test_share_here_posts_for_everybody_and_pings_nobody(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house)
    private, public = told(await house.alice.slash(thread, "share", here=True))
    assert private == (True, SHARED_BELOW)
    assert public[0] is False
    assert public[1].startswith("**Alice** shares this conversation")
    assert await shown(house, public[1]) is not None
    sent = [call.json for call in house.env.http_requests if "/webhooks/" in call.path and isinstance(call.json, dict)]
    assert sent
    assert all(json["allowed_mentions"] == {"parse": []} for json in sent)


@pytest.mark.parametrize("here", [False, True])
async def test_without_share_pages_the_page_comes_as_a_file(house: House, here: bool) -> None:
    thread = await asked(house)
    result = await house.alice.slash(thread, "share", here=here)
    name, page = await attached(result, public=here)
    assert name.endswith(".html")
    assert BLUE in page
    assert "Alice" not in page
    assert here or only(result).content == SHARE_FILE


async def test_unshare_closes_every_page_and_says_when_there_is_none(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house)
    assert private_words(await house.alice.slash(thread, "unshare")) == NOT_SHARED
    words = [private_words(await house.alice.slash(thread, "share")) for _ in range(2)]
    assert private_words(await house.bob.slash(thread, "unshare")) == NOT_SHARED
    assert private_words(await house.alice.slash(thread, "unshare")).startswith("2 share pages closed")
    assert [await shown(house, each) for each in words] == [None, None]
    assert private_words(await house.alice.slash(thread, "unshare")) == NOT_SHARED


async def test_a_page_is_open_after_a_restart_and_gone_with_its_conversation(house: House) -> None:
    house.bot.public_url = PUBLIC
    thread = await asked(house)
    words = private_words(await house.alice.slash(thread, "share"))
    await house.restart()
    assert await shown(house, words) is not None
    question = only(await house.alice.slash(thread, "delete"))
    await house.alice.click(question, label="Delete it")
    assert await shown(house, words) is None
