"""What a request shows besides a path as it was said: attachments, and what stands for the beginning of a long one.

Also the process that reads documents (`document_reader`), for all who bring some.

Not here: turning a path into a request (`conversation.history`), when one is sent (`turns`).
"""

from __future__ import annotations

from grokbot.engine.prompts.attachments import PromptAttachments, Refusals
from grokbot.engine.prompts.compaction import Compactor, Wanted
from grokbot.engine.prompts.images import ImageAnswers
from grokbot.engine.prompts.refusals import PromptRefusals

__all__ = ["Compactor", "ImageAnswers", "PromptAttachments", "PromptRefusals", "Refusals", "Wanted"]
