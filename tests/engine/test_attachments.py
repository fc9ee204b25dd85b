"""Pictures and files in requests: whatever is refused, the conversation goes on, and the model is told."""

from __future__ import annotations

import math
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import LimitReachedError, UserError
from grokbot.conversation.parts import AttachedFile, AttachmentKind
from grokbot.conversation.response import MessageRef, State
from grokbot.documents.uploads.pictures import picture_of
from grokbot.engine.prompts import attachments as prompt_attachments
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.policy.budgets import Counted, ListedModel, Scope
from grokbot.policy.filters import Action, FilteredError, Where
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox, Script
from grokbot.wire.xai import chat_pb2
from tests.documents.uploads.cases import photo

from .house import ALICE, AS_MODERATOR, CHANNEL, GUILD, House, eventually, living, opening
from .test_privacy import found
from .test_reread import Thread, wordless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grokbot.conversation.response import Response

CAT = replace(picture_of("cat.jpg", photo()), attachment_id=5, channel_id=CHANNEL, message_id=1)
PAPER = AttachedFile(
    kind=AttachmentKind.FILE, name="a.pdf", media_type="application/pdf", size=9, tokens=20_000, data=b"%PDF-1.7\n"
)


async def asks(house: House, text: str, *attachments: AttachedFile) -> Response:
    held = await house.engine.places.conversation_in(CHANNEL)
    number = next(house.numbers)
    question = Question(somebody(ALICE, None), text, number, CHANNEL, wording=str(number), attachments=attachments)
    running = await house.engine.turns.ask(question, held or opening())
    assert running is not None
    answer = await running.end()
    await house.engine.places.shown_whole(answer.id)
    return answer


def requests(house: House) -> list[chat_pb2.GetCompletionsRequest]:
    found = [call.request for call in house.grok.requests]
    return [request for request in found if isinstance(request, chat_pb2.GetCompletionsRequest)]


def parts(house: House) -> list[list[str]]:
    """The contents of each message of a person in the last request."""
    return [
        [part.text or part.file.filename or "picture" for part in message.content]
        for message in requests(house)[-1].messages
        if message.name
    ]


SHOWN = ["[attached: cat.jpg]", "picture", "alice: what?"]


async def test_what_a_model_is_not_shown_is_named_to_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await asks(house, "what?", CAT, replace(PAPER, name="b.pdf"))
    assert parts(house) == [["[attached: cat.jpg]", "picture", "[attached: b.pdf]", "b.pdf", "alice: what?"]]
    monkeypatch.setattr(prompt_attachments, "REQUEST_BYTES", 10)
    monkeypatch.setattr(prompt_attachments, "AT_ONCE", 1)
    await asks(house, "and?")
    assert parts(house)[0][:2] == [
        "[attached, but left out: older than what fits in one request: cat.jpg]",
        "[attached: b.pdf]",
    ]
    running = await house.begin("again?")
    await running.end()
    assert running.snapshot().left_out == (("cat.jpg", prompt_attachments.TOO_MUCH),)


async def test_a_model_that_takes_no_pictures_says_so_and_one_chosen_later_learns_of_them(house: House) -> None:
    await house.engine.prices.look()
    await asks(house, "what?", CAT)
    model = (await house.held()).model
    listed = house.engine.prices._listed
    house.engine.prices._listed = {**listed, model: ListedModel(listed[model].prices, sees=False)}
    with pytest.raises(UserError, match="takes no pictures"):
        await asks(house, "and this?", CAT)
    await asks(house, "and?")
    assert parts(house)[0] == ["[attached, but this model takes no pictures: cat.jpg]", "alice: what?"]
    await house.quiet()


async def test_a_picture_that_xai_cannot_read_is_left_out_once(house: House) -> None:
    house.grok.script(Script(fail="image_unreadable"))
    answer = await asks(house, "what?", CAT)
    assert answer.state is State.DONE
    assert len(house.grok.requests) == 2
    assert parts(house)[0] == ["[attached, but xAI could not read it: cat.jpg]", "alice: what?"]


async def test_a_refusal_to_store_costs_one_request_and_the_rest_of_the_bot_stays_stateful(file: Path) -> None:
    rules = GrokRules(tokens_per_second=math.inf, store_images=False)
    async with GrokSandbox(rules) as grok, living(grok, file, "stateful") as house:
        await asks(house, "hello")
        await asks(house, "what?", CAT)
        await asks(house, "and?")
        assert [(request.store_messages, bool(request.previous_response_id)) for request in requests(house)] == [
            (True, False),
            (True, True),
            (False, False),
            (False, False),
        ]
        assert parts(house)[1] == SHOWN
        other = await house.answered("elsewhere", channel=901)
        assert other.stored_until is not None


async def test_files_that_are_refused_are_named_and_not_sent_again(house: House) -> None:
    house.grok.script(Script(fail="file_refused"))
    assert (await asks(house, "what?", PAPER)).state is State.DONE
    await asks(house, "and?")
    assert parts(house)[0] == ["[attached, but xAI could not read it: a.pdf]", "alice: what?"]
    assert len(house.grok.requests) == 3


async def test_a_request_that_is_refused_for_something_else_is_not_hidden(house: House) -> None:
    house.grok.script(Script(fail="file_refused"))
    assert (await asks(house, "what?", CAT)).state is State.FAILED
    assert len(house.grok.requests) == 1


async def test_pictures_are_foreseen_in_budgets(house: House) -> None:
    await house.engine.moderation.limits.set(AS_MODERATOR, Scope.MEMBER, 0, Counted.TOKENS_A_DAY, 15_000)
    await house.answered("hello")
    with pytest.raises(LimitReachedError):
        await asks(house, "what?", PAPER)
    assert (await asks(house, "what?", CAT)).state is State.DONE
    await house.quiet()


async def test_a_filter_finds_words_in_a_text_file_beside_the_text(house: House) -> None:
    moderator = replace(AS_MODERATOR, guild_id=GUILD)
    await house.engine.moderation.filters.add(moderator, "badword", Where.PROMPTS, Action.REFUSE)
    log = replace(PAPER, name="a.log", media_type="text/plain", data=b"ok\nbadword\n")
    with pytest.raises(FilteredError):
        await asks(house, "what?", log)
    assert not house.grok.requests
    await house.quiet()


async def test_an_export_holds_what_somebody_attached_and_nothing_of_others(house: House) -> None:
    await asks(house, "what?", CAT, replace(CAT, name="bobs.jpg", author_id=222))
    with zipfile.ZipFile(BytesIO(await house.engine.privacy.export(ALICE.id))) as content:
        names = [name for name in content.namelist() if name.startswith("attachments/")]
        assert [name.rpartition("-")[2] for name in names] == ["cat.jpg"]
        assert content.read(names[0]) == CAT.data


async def test_an_edit_of_the_picture_alone_is_an_edit(house: House) -> None:
    await asks(house, "what?", CAT)
    other = replace(CAT, attachment_id=6)
    question = Question(somebody(ALICE, None), "what?", 1, CHANNEL, attachments=(CAT,))
    assert await house.engine.variants.edited(1, question) is None
    running = await house.engine.variants.edited(1, replace(question, attachments=(other,)))
    assert running is not None
    await running.end()
    assert parts(house) == [SHOWN]
    assert await house.engine.variants.edited(1, question) is None  # back again: what followed comes back
    assert len(house.grok.requests) == 2


async def test_where_no_text_is_kept_the_picture_is_read_from_discord_again(grok: GrokSandbox, file: Path) -> None:
    thread = Thread()

    async def again(refs: Sequence[MessageRef]) -> Sequence[AttachedFile]:
        return [CAT] if [ref.message_id for ref in refs] == [1] else ()

    async with wordless(grok, file, thread) as house:
        house.engine.runner._sampler._attachments._again = again
        answer = await asks(house, "what?", CAT)
        thread.messages[1] = "what?"

        async def gone() -> bool:
            [said, _] = await house.store.responses.path_as_stored(answer.id)
            return not await house.store.attachments.loaded(said.attachments)

        await eventually(gone)
        await house.store.file.rebuild()
        assert CAT.data is not None
        assert CAT.data not in b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
        assert found(file, ["what?"]) == set()
        grok.expire_all()
        await asks(house, "and?")
        assert parts(house)[0] == SHOWN
