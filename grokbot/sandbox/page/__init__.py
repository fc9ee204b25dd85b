"""The sandbox's page: a browser shows the loopback Discord as a person sees it, and acts as that person.

What may be used from outside is named here. static/ is what the browser loads; everything else serves it.
"""

from grokbot.sandbox.page.insight import BotState, Insight
from grokbot.sandbox.page.server import PageServer

__all__ = ["BotState", "Insight", "PageServer"]
