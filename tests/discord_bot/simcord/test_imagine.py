"""/imagine and the buttons under its images: what is asked of xAI, what is posted, who may, who is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.conversation.records import By
from grokbot.conversation.response import Author
from grokbot.discord_bot.notices.texts.privacy_text import ANOTHERS
from grokbot.engine.library.images import NO_IMAGES_HERE, NO_MODEL
from grokbot.policy.actor import somebody
from grokbot.policy.admission import NOTHING_TO_READ
from grokbot.policy.budgets import Counted, Scope
from grokbot.policy.filters import Action, Where
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import ScriptedImages
from grokbot.wire.xai import image_pb2
from tests.discord_bot.simcord.commanding import asked, labels, only
from tests.discord_bot.simcord.house import private_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simcord.results import InteractionResult, ResponseMessage

    from tests.discord_bot.simcord.house import House

FOX = "a fox in the snow"


def wanted(house: House) -> Sequence[image_pb2.GenerateImageRequest]:
    return [call.request for call in house.grok.requests if isinstance(call.request, image_pb2.GenerateImageRequest)]


def posted(result: InteractionResult) -> ResponseMessage:
    return only(result, public=True)


async def test_images_come_as_one_message_with_their_prompt_and_buttons(house: House) -> None:
    result = await house.alice.slash(house.general, "imagine", prompt=FOX, count=2, aspect="16:9")
    [request] = wanted(house)
    assert (request.prompt, request.n, request.model) == (FOX, 2, house.settings.xai.image_model)
    assert request.aspect_ratio == image_pb2.IMG_ASPECT_RATIO_16_9
    assert request.format == image_pb2.IMG_FORMAT_BASE64
    assert len(request.user) >= 16
    message = posted(result)
    assert message.content == f"> {FOX}"
    assert [a.description for a in message.attachments] == [FOX, FOX]
    assert [a.content_type for a in message.attachments] == ["image/png", "image/png"]
    assert labels(message) == ["Edit 1", "Edit 2", "Variations", "Delete"]


async def test_variations_ask_for_the_same_again_also_after_a_restart_and_whoever_asks_pays(house: House) -> None:
    message = posted(await house.alice.slash(house.general, "imagine", prompt=FOX, count=2, aspect="2:3"))
    await house.restart()
    again = await house.bob.click(message.message, label="Variations")
    first, second = wanted(house)
    assert first.user != second.user
    second.user = first.user
    assert first == second
    assert len(posted(again).attachments) == 2
    spent = await house.engine.context.store.ledger.spent(By.PERSON)
    assert {int(each.key): (each.answers, each.tokens.cost_ticks) for each in spent} == {
        house.alice.id: (1, 4 * 10**8),
        house.bob.id: (1, 4 * 10**8),
    }


async def test_only_the_asker_and_moderators_delete(house: House) -> None:
    message = posted(await house.alice.slash(house.general, "imagine", prompt=FOX))
    assert private_words(await house.bob.click(message.message, label="Delete")) == NOT_YOURS
    await house.alice.click(message.message, label="Delete")
    assert not house.written(house.general)


async def test_the_words_of_somebody_who_opted_out_are_not_sent_again(house: House) -> None:
    message = posted(await house.alice.slash(house.general, "imagine", prompt=FOX))
    await house.engine.privacy.opt_out(house.alice.id)
    assert private_words(await house.bob.click(message.message, label="Variations")) == ANOTHERS
    assert len(wanted(house)) == 1


async def test_who_may_not_ask_is_told_privately_and_nothing_is_asked_of_xai(house: House) -> None:
    who = replace(somebody(Author(house.alice.id, "Alice"), house.guild.id), moderator=True)
    moderation = house.engine.moderation
    await moderation.settings.choose(who, "images", value=False, channel_id=house.general.id)
    assert private_words(await house.bob.slash(house.general, "imagine", prompt=FOX)) == NO_IMAGES_HERE
    await moderation.settings.choose(who, "images", value=True, channel_id=house.general.id)
    await moderation.filters.add(who, "snow", Where.PROMPTS, Action.REFUSE)
    told = private_words(await house.bob.slash(house.general, "imagine", prompt=FOX))
    assert "filter" in told
    assert private_words(await house.bob.slash(house.general, "imagine", prompt=" \u200b")) == NOTHING_TO_READ
    assert not wanted(house)


async def test_what_costs_more_than_is_left_is_refused_before_it_is_asked(house: House) -> None:
    who = replace(somebody(Author(house.alice.id, "Alice"), house.guild.id), moderator=True)
    assert await house.engine.prices.look()
    await house.engine.moderation.limits.set(who, Scope.MEMBER, 0, Counted.COST_A_DAY, 3 * 10**8)
    refused = await house.bob.slash(house.general, "imagine", prompt=FOX, count=2)
    assert posted(refused).content.startswith("You have used $0.00 of $0.03 for today, and this would cost $0.04.")
    assert not wanted(house)
    assert posted(await house.bob.slash(house.general, "imagine", prompt=FOX)).attachments
    assert len(wanted(house)) == 1


async def test_what_xai_declines_is_said_plainly(house: House) -> None:
    house.grok.script_images(ScriptedImages(withheld=1))
    declined = posted(await house.alice.slash(house.general, "imagine", prompt=FOX))
    house.grok.script_images(ScriptedImages(fail="image_rejected"))
    rejected = posted(await house.alice.slash(house.general, "imagine", prompt=FOX))
    assert declined.content == rejected.content == REMEDIES[GrokFailure.REFUSED].text
    assert not declined.attachments
    house.grok.script_images(ScriptedImages(withheld=1))
    some = posted(await house.alice.slash(house.general, "imagine", prompt=FOX, count=2))
    assert len(some.attachments) == 1
    assert "withheld 1 image" in some.content


async def test_a_model_that_makes_no_images_is_named_as_the_reason_and_costs_nothing(house: House) -> None:
    told = posted(await house.alice.slash(house.general, "imagine", prompt=FOX, model="no-such-model"))
    assert told.content == NO_MODEL
    assert not any(each.tokens.cost_ticks for each in await house.engine.context.store.ledger.spent(By.PERSON))


async def test_the_model_is_offered_images_only_where_moderators_let_it_also_in_what_has_begun(house: House) -> None:
    thread = await asked(house, "one")
    who = replace(somebody(Author(house.alice.id, "Alice"), house.guild.id), moderator=True)
    await house.engine.moderation.settings.choose(who, "images", value=False)
    await house.alice.send(thread, "two")
    await house.engine.moderation.settings.choose(who, "images", value=True)
    await asked(house, "three")  # elsewhere: the edits of one moment carry no third answer in one thread
    offered = [[t.WhichOneof("tool") for t in request.tools].count("image_generation") for request in house.asked()]
    assert offered == [1, 0, 1]
