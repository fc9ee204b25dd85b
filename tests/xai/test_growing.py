"""The requests of one conversation only ever grow at their end, or xAI's prompt cache would miss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.history import prompt_of
from grokbot.conversation.response import Conversation, Mode, Response, State
from grokbot.xai.requests import metadata_of, request_of
from tests.conversation.forest import path_to

from .cases import NOW, Talk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from grokbot.wire.xai import chat_pb2

randoms = st.randoms(use_true_random=False)


def whole(path: Sequence[Response], where: Conversation) -> list[bytes]:
    """What the model is to be shown, message by message as it travels."""
    stateless = replace(where, mode=Mode.STATELESS)
    return sent(request_of(prompt_of(path, stateless, NOW), stateless))


def sent(request: chat_pb2.GetCompletionsRequest) -> list[bytes]:
    return [message.SerializeToString(deterministic=True) for message in request.messages]


def humans_at_the_end(path: Sequence[Response]) -> int:
    return next(n for n, response in enumerate(reversed([None, *path])) if response is None or response.author is None)


@settings(max_examples=300, deadline=None)
@given(randoms, st.integers(2, 7))
def test_a_request_without_its_last_turn_begins_the_next_one(random: Random, turns: int) -> None:
    talk = Talk.begun(random)
    before: list[bytes] = []
    for turn in range(turns):
        path = talk.ask()
        now_sent = whole(path, talk.where)
        assert now_sent[: len(before)] == before
        answered = talk.answer(path, f"x{turn}").answered
        # A turn that came to nothing is taken back; any other stays as it was sent, question and all.
        before = now_sent if answered else now_sent[: -humans_at_the_end(path)]


@settings(max_examples=120, deadline=None)
@given(randoms, st.integers(1, 4))
def test_answering_again_sends_the_very_same_request(random: Random, turns: int) -> None:
    talk = Talk.begun(random)
    for turn in range(turns):
        path = talk.ask()
        first = request_of(prompt_of(path, talk.where, talk.now), talk.where)
        leaf = talk.leaf_id
        talk.answer(path, f"x{turn}")
        talk.leaf_id = leaf
        talk.answer(path, f"y{turn}")
        assert request_of(prompt_of(path_to(talk.forest, path[-1].id), talk.where, talk.now), talk.where) == first


@settings(max_examples=120, deadline=None)
@given(randoms, st.integers(2, 5), st.sampled_from(Mode))
def test_all_but_the_messages_is_the_same_in_every_request(random: Random, turns: int, mode: Mode) -> None:
    talk = Talk.begun(random, mode)
    seen = set()
    for turn in range(turns):
        path = talk.ask()
        request = request_of(prompt_of(path, talk.where, talk.now), talk.where)
        request.ClearField("messages")
        request.ClearField("previous_response_id")
        seen.add(
            (
                request.SerializeToString(deterministic=True),
                metadata_of(prompt_of(path, talk.where, talk.now), talk.where),
            )
        )
        talk.answer(path, f"x{turn}")
    assert len(seen) == 1


class Keeper:
    """What xAI would hold under each id: the conversation up to and with that answer."""

    def __init__(self) -> None:
        self.held: dict[str, list[bytes]] = {}

    def shown(self, request: chat_pb2.GetCompletionsRequest) -> list[bytes]:
        """What the model is shown by a request: what is held, and what is sent."""
        earlier = self.held[request.previous_response_id] if request.previous_response_id else []
        return [*earlier, *sent(request)]


@settings(max_examples=300, deadline=None)
@given(randoms, st.integers(2, 7), st.data())
def test_what_xai_keeps_and_what_is_sent_are_together_the_stateless_path(random: Random, turns: int, data: Any) -> None:
    talk, xai = Talk.begun(random, Mode.STATEFUL), Keeper()
    for turn in range(turns):
        path = talk.ask()
        gone = data.draw(st.sets(st.sampled_from(sorted(xai.held))), label="lost") if xai.held else set()
        request = request_of(prompt_of(path, talk.where, talk.now, gone), talk.where)
        assert request.store_messages
        assert request.previous_response_id not in gone
        shown = xai.shown(request)
        assert shown == whole(path, talk.where)
        answer = talk.answer(path, f"x{turn}")
        if answer.state is State.DONE:
            xai.held[f"x{turn}"] = whole([*path, answer], talk.where)
            assert xai.held[f"x{turn}"][: len(shown)] == shown
        talk.wait()


@settings(max_examples=120, deadline=None)
@given(randoms, st.integers(1, 5))
def test_a_kept_answer_is_never_sent_again_and_an_unkept_one_always(random: Random, turns: int) -> None:
    talk = Talk.begun(random, Mode.STATEFUL)
    for turn in range(turns):
        path = talk.ask()
        prompt = prompt_of(path, talk.where, talk.now)
        kept = [r for r in path if r.stored_until is not None and r.stored_until > talk.now]
        if kept and talk.now == NOW:  # nothing has expired yet
            assert prompt.previous_response_id == kept[-1].xai_id
            after = path[path.index(kept[-1]) + 1 :]
            assert len(prompt.messages) == len(after)
        elif not kept:
            assert prompt.previous_response_id is None
        talk.answer(path, f"x{turn}")
        if random.random() < 0.3:
            talk.wait()
