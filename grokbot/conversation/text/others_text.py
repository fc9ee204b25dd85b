"""The mark of a text that others chose: people, moderators, models, callers of the API.

A function that takes one is fed growing hostile texts by a test, which finds it by this mark: its work may grow no
faster than the text.
"""

from typing import Annotated, TypeAlias

OthersText: TypeAlias = Annotated[str, "chosen by others"]
