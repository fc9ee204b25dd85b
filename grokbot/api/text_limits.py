"""How long one text of a request may be, and how many values a list in it. Pure.

Not here: how large a whole message may be (`serving` tells the transport), what a text may say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserMistake

if TYPE_CHECKING:
    from google.protobuf.message import Message

LONGEST_TEXT = 1_000_000
"""Characters. More than any of xAI's models reads at once, and little enough to be kept and shown."""

MOST_VALUES = 10_000
"""Of one list. Two bytes make an empty value, so that a request of the largest size would hold millions: a minute's
work for all the bot, and gigabytes."""

TOO_LONG = "`{name}` is too long: {length:,} characters, where at most {most:,} are taken."
TOO_MANY = "`{name}` holds too much: {length:,} values, where at most {most:,} are taken."


def check_texts(message: Message) -> None:
    """Looks at every text of a message and of the messages in it, and at every list.

    Raises:
        UserMistake: One of them is longer than LONGEST_TEXT, or than MOST_VALUES.
    """
    for field, value in message.ListFields():
        if field.is_repeated and len(value) > MOST_VALUES:
            raise UserMistake(TOO_MANY.format(name=field.name, length=len(value), most=MOST_VALUES))
        if field.message_type is not None:
            for each in value if field.is_repeated else (value,):
                check_texts(each)
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise UserMistake(TOO_LONG.format(name=field.name, length=len(value), most=LONGEST_TEXT))
