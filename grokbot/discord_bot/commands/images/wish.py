"""What somebody wants to see, and how a button under it remembers that. Pure.

A button's id holds everything but the prompt, which is the images' description in Discord: so it works after a restart,
and the database holds nothing of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.image_request import ASPECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.parts import ImagePart

LONGEST_ID = 100
"""Characters of a button's id (Discord's documentation)."""

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Act(StrEnum):
    """What a button under images does; the values stand in the buttons' ids."""

    AGAIN = "again"
    """Makes others of the same."""
    EDIT = "edit"
    """Asks what to change in one of them."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Source:
    """An image in a message of ours in the same channel."""

    message_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see.

    Args:
        prompt: What to show; with a `source`, what to change.
        count: How many images.
        aspect: One of `ASPECTS`; None: as the model likes.
        model: xAI's name of it; "": the operator's choice.
        source: The image to edit.
        brought: Whether it is one that came with the command: then no button can make others of it.
    """

    prompt: str
    count: int = 1
    aspect: str | None = None
    model: str = ""
    source: Source | None = None
    brought: bool = False


BUTTON_ID = re.compile(
    r"grokbot:img:(?P<act>again|edit|delete):(?P<number>\d):(?P<asker_id>\d{1,20}):(?P<source>\d{1,20}-\d)?"
    r":(?P<aspect>[\d.]{1,4}x[\d.]{1,4})?:(?P<model>[\w.-]*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonId:
    """A button's id, as a value.

    Args:
        act: What it does.
        number: Which of the message's images it is about, from 0.
        asker_id: Who asked for them.
        source: What they were made of by an edit.
        aspect: As in `Wish`, like the model.
        model: Left out where it is too long: then the operator's choice makes the others.
    """

    act: Act
    number: int = 0
    asker_id: int
    source: Source | None = None
    aspect: str | None = None
    model: str = ""

    @classmethod
    def read(cls, match: re.Match[str]) -> ButtonId:
        """From a match of `BUTTON_ID`."""
        message_id, _, number = (match["source"] or "").partition("-")
        aspect = (match["aspect"] or "").replace("x", ":")
        return cls(
            act=Act(match["act"]),
            number=int(match["number"]),
            asker_id=int(match["asker_id"]),
            source=Source(int(message_id), int(number)) if message_id else None,
            aspect=aspect if aspect in ASPECTS else None,
            model=match["model"],
        )

    @property
    def text(self) -> str:
        """As it stands in Discord."""
        source = f"{self.source.message_id}-{self.source.number}" if self.source is not None else ""
        aspect = (self.aspect or "").replace(":", "x")
        text = f"grokbot:img:{self.act.value}:{self.number}:{self.asker_id}:{source}:{aspect}:"
        fits = len(text) + len(self.model) <= LONGEST_ID and re.fullmatch(r"[\w.-]*", self.model, re.ASCII)
        return text + self.model if fits else text


def button_ids(wish: Wish, asker_id: int, images: int) -> Sequence[ButtonId]:
    """The buttons under images: one to edit each, then those for all of them.

    Args:
        wish: What they show.
        asker_id: Who asked.
        images: How many there are.
    """

    def button(act: Act, number: int = 0) -> ButtonId:
        return ButtonId(
            act=act, number=number, asker_id=asker_id, source=wish.source, aspect=wish.aspect, model=wish.model
        )

    again = () if wish.brought else (button(Act.AGAIN),)
    return [*(button(Act.EDIT, number) for number in range(images)), *again, button(Act.DELETE)]


def file_name(image: ImagePart, number: int) -> str:
    """The name of an image's file. Discord shows a file as an image by its ending."""
    return f"image-{number + 1}.{ENDINGS.get(image.media_type, 'jpg')}"
