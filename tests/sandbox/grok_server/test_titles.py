from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.grok_server import GrokSandbox, Script

from .asking import SYSTEM, Client, asked, said

if TYPE_CHECKING:
    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest


def title(text: str) -> GetCompletionsRequest:
    return asked(said(SYSTEM, "Write a title."), text, max_tokens=1_000)


async def test_a_title_takes_no_script_of_an_answer_and_heeds_no_directive(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="for an answer"))
    titled = await client.whole(title("growing figs !fail overloaded"))
    assert titled.outputs[0].message.content == "Growing Figs Fail Overloaded"
    assert grok.scripts_left == 1
    assert (await client.whole(asked("well?"))).outputs[0].message.content == "for an answer"


async def test_a_title_has_scripts_of_its_own(grok: GrokSandbox, client: Client) -> None:
    grok.script_title(Script(text="Figs"), times=2)
    assert (await client.whole(title("?"))).outputs[0].message.content == "Figs"
    assert "Figs" not in (await client.whole(asked("well?"))).outputs[0].message.content
    grok.forget_scripts()
    assert (await client.whole(title("plums"))).outputs[0].message.content == "Plums"


async def test_an_author_directs_what_no_script_does_by_the_conversation(grok: GrokSandbox, client: Client) -> None:
    grok.answers_by(lambda conversation: Script(text=f"{len(conversation)} messages"))
    grok.script(Script(text="for an answer"))
    assert (await client.whole(asked("well?"))).outputs[0].message.content == "for an answer"
    assert (await client.whole(asked(said(SYSTEM, "Be brief."), "well?"))).outputs[0].message.content == "2 messages"
    assert (await client.whole(title("plums"))).outputs[0].message.content == "Plums"
