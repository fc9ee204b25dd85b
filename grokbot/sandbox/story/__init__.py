"""Stories: small YAML files of what people say and do in the sandbox, and how Grok answers; played, filmed and drawn.

What may be used from outside is named here; docs/sandbox.md describes the file.
"""

from grokbot.sandbox.story.film import Film
from grokbot.sandbox.story.furniture import furnish
from grokbot.sandbox.story.nodes import StoryError
from grokbot.sandbox.story.parser import parse
from grokbot.sandbox.story.player import Player
from grokbot.sandbox.story.values import PersonEntry, Story, StoryStep

__all__ = ["Film", "PersonEntry", "Player", "Story", "StoryError", "StoryStep", "furnish", "parse"]
