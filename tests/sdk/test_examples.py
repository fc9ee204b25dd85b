"""The example programs of docs/examples, as processes of their own, with a person typing."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from tests.api.service import ServedHouse

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


async def run(served: ServedHouse, program: str, typed: str) -> str:
    """What a program prints. It must end well and have nothing to complain of, though it closes nothing."""
    environment = {**os.environ, "GROKBOT_API": served.target, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-W", "error::RuntimeWarning",
        str(EXAMPLES / program), env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, complaints = await process.communicate(typed.encode())
    assert (process.returncode, complaints.decode()) == (0, "")
    return out.decode()


def answers(served: ServedHouse) -> None:
    for text in ("Blue, mostly.", "Green, mostly."):
        served.grok.script(Script(text=text, reasoning=""))


@pytest.mark.parametrize("program", ["simple_chat.py", "simple_chat_no_stream.py"])
async def test_the_chat_examples_run(served: ServedHouse, program: str) -> None:
    answers(served)
    assert await run(served, program, "Sky?\nGrass?\n\n") == (
        "Say nothing to leave.\n\nHuman: \nGrok: Blue, mostly.\n\nHuman: \nGrok: Green, mostly.\n\nHuman: \n"
    )


async def test_the_linear_conversation_with_a_title_runs(served: ServedHouse) -> None:
    answers(served)
    served.grok.script_title(Script(text="Colours"))
    assert await run(served, "simple_grok_chat.py", "Sky?\nGrass?\n\n") == (
        "Say nothing to leave.\n\nHuman: \nGrok: Blue, mostly.\n\n===\nLooking for a title..\nTitle: Colours\n===\n\n"
        "Human: \nGrok: Green, mostly.\n\nHuman: \n"
    )
