"""What becomes of settings that are read again while the daemon runs: what holds at once, and what needs a restart.

Not here: which settings are live (they say so: `Live`), reading them (settings.py), putting them into effect
(`engine.context.reload`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokbot.settings.settings import all_settings

if TYPE_CHECKING:
    from grokbot.settings.settings import Settings

_TLS = ("api.tls_certificate", "api.tls_key")
"""A port speaks TLS or does not, as long as it listens: these change live only from one file to another."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What changes from one tree of settings to another."""

    settings: Settings
    """Those that hold from now on: the new values of live settings, and the old ones of all others."""
    changed: tuple[str, ...]
    """The keys of live settings with a new value."""
    needs_restart: tuple[str, ...]
    """The keys of other settings whose new value holds only after a restart."""


def change_to(current: Settings, read: Settings) -> SettingsChange:
    """What changes.

    Args:
        current: Those in effect.
        read: Those that were read now.
    """
    live: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    changed, waiting = [], []
    for setting in all_settings():
        section, _, name = setting.key.partition(".")
        before, after = (getattr(getattr(tree, section), name) for tree in (current, read))
        if before == after:
            continue
        if setting.live and not (setting.key in _TLS and None in {before, after}):
            changed.append(setting.key)
            live[section][name] = after
        else:
            waiting.append(setting.key)
    sections = {section: getattr(current, section).model_copy(update=values) for section, values in live.items()}
    return SettingsChange(current.model_copy(update=sections), tuple(changed), tuple(waiting))
