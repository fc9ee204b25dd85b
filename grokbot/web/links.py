"""The addresses of share pages. PURE.

Not here: what answers there (`server`).
"""

from __future__ import annotations

PREFIX = "/s/"


def share_url(public_url: str, token: str) -> str:
    """Where a share is read; `public_url` is the setting, without a slash at its end."""
    return f"{public_url}{PREFIX}{token}"
