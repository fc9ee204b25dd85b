"""May this turn begin, and on what terms: access, blocks, filters, membership, a server's settings.

Not here: the rules as pure values (`policy`), changing them (`moderation`).
"""

from __future__ import annotations

from grokbot.engine.admission.access import GONE, Access, check_owns, owns
from grokbot.engine.admission.admission import Admission
from grokbot.engine.admission.answer_filter import Screen, found_by
from grokbot.engine.admission.filter_deadline import SECONDS_ASKED, in_thread, within
from grokbot.engine.admission.guild_defaults import chosen_for
from grokbot.engine.admission.membership import NOT_ASKED, Membership
from grokbot.engine.admission.new_conversation import NOT, Opening, branch_of, nowhere, opened
from grokbot.engine.admission.opt_out import NOT_READ, OptOuts
from grokbot.engine.admission.personas import Personas
from grokbot.engine.admission.refusals import BlockedError
from grokbot.engine.admission.rules_cache import ALLOWED, CHECKS, LANGUAGE, PLACES, RulesCache, rules_text
from grokbot.engine.admission.terms import TurnTerms

__all__ = [
    "ALLOWED",
    "CHECKS",
    "GONE",
    "LANGUAGE",
    "NOT",
    "NOT_ASKED",
    "NOT_READ",
    "PLACES",
    "SECONDS_ASKED",
    "Access",
    "Admission",
    "BlockedError",
    "Membership",
    "Opening",
    "OptOuts",
    "Personas",
    "RulesCache",
    "Screen",
    "TurnTerms",
    "branch_of",
    "check_owns",
    "chosen_for",
    "found_by",
    "in_thread",
    "nowhere",
    "opened",
    "owns",
    "rules_text",
    "within",
]
