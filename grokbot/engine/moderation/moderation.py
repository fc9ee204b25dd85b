"""The actions of a server's moderators, by part.

Every action is checked for the right to it, and saved with its line of the audit log in one transaction.
Not here: what follows for an answer (`admission.admission`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.engine.moderation.actions import Actions
from grokbot.engine.moderation.answer_reports import AnswerReports
from grokbot.engine.moderation.blocks import Blocks
from grokbot.engine.moderation.controls import Controls
from grokbot.engine.moderation.filters import Filters
from grokbot.engine.moderation.guild_settings import GuildSettings
from grokbot.engine.moderation.limits import LimitSetting
from grokbot.engine.moderation.personas import ServerPersonas
from grokbot.engine.moderation.purge import Purge
from grokbot.engine.moderation.records import Records
from grokbot.engine.moderation.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.engine.admission import Personas, RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.library import Titles
    from grokbot.engine.turns import TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion


class Moderation:
    """One for the process. `who` is always the person who acts, in the server where they act.

    Every method with it raises `NotAllowedError` if they may not moderate there, and `StoreError` if it could not be
    saved; then nothing has changed. The operator may act in every server, and outside of any in all of them.

    Args:
        context: Settings, store, clock, ids and events.
        rules: The cached rules, dropped after a change.
        personas: The personas of each place.
        runner: The answers under way.
        xai_deletion: Deletes at xAI.
        titles: Writes titles, perhaps of text that goes.
        answer_waiting: Begins the turns of waiting messages.
    """

    def __init__(
        self,
        context: Context,
        rules: RulesCache,
        personas: Personas,
        runner: TurnRunner,
        xai_deletion: XaiDeletion,
        titles: Titles,
        answer_waiting: Callable[[], Awaitable[None]],
    ) -> None:
        acts = Actions(context, rules)
        self.blocks = Blocks(context, acts)
        self.controls = Controls(context, acts, rules, runner, answer_waiting)
        self.filters = Filters(context, acts, rules)
        self.limits = LimitSetting(context, acts)
        self.settings = GuildSettings(context, acts, rules, personas)
        self.personas = ServerPersonas(context, acts, rules)
        self.purge = Purge(context, acts, runner, xai_deletion, titles)
        self.records = Records(context, acts)
        self.answer_reports = AnswerReports(context.events)
        self.servers = Servers(context)
