"""What the loopback Discord enforces, as values.

Here: every switch for tests and benchmarks, with its default and the source of the number.
Not here: enforcement (limits.py, validation.py, gateway.py).
"""

from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["leaky", "fixed", "off"]


@dataclass(frozen=True)
class BucketRule:
    """One rate limit: `limit` requests in `window` seconds.

    Attributes:
        limit: requests that a full bucket holds.
        window: seconds. `leaky`: the time an empty bucket takes to fill, drop by drop. `fixed`: the length of a window,
            which starts with its first request.
        mode: `leaky` is how most of Discord's buckets are reported to work since late 2022 (discord-api-docs 7680:
            Reset-After is a moving time, Retry-After the time of the next single request), `fixed` is the older kind
            that some routes keep, `off` neither limits nor sends headers.
    """

    limit: int
    window: float
    mode: Mode = "leaky"

    def __post_init__(self) -> None:
        """Refuse values that would divide by zero.

        Raises:
            ValueError: a limit under 1 or a window that is not positive.
        """
        if self.limit < 1 or self.window <= 0:
            raise ValueError(f"a bucket needs limit >= 1 and window > 0, got {self.limit} in {self.window} s")


@dataclass(frozen=True)
class Rules:
    """The limits of the loopback Discord. The defaults are as strict as the real one.

    Rate limits marked "seen" are not documented by Discord; bots have observed them.

    Attributes:
        latency: seconds added to every REST reply and to every gateway event.
        send: POST of a message, per channel (seen: 5 per 5 s).
        edit: PATCH of a message, per channel (seen: 5 per 5 s).
        one_for_messages: whether `send` limits POST and PATCH of messages together, instead of `edit`.
        delete: DELETE of a message, per channel (seen: 5 per 1 s).
        bulk_delete: POST of a bulk deletion, per channel (seen: 1 per s).
        react: adding and removing reactions, per channel (seen: 1 per 0.25 s).
        typing: typing indicator, per channel (seen: 5 per 5 s).
        channel_edit: PATCH of a channel or thread, per channel (seen).
        rename: the hidden limit under `channel_edit` on a new name, per channel (seen: 2 per 10 minutes); its 429 comes
            while the headers still show quota.
        old_edit: the hidden limit under `edit` for messages older than `old_after`, code 30046 (seen: 3 per 6 s).
        old_after: seconds after which a message counts as old (documented with code 30046: one hour).
        webhook: messages of one interaction's webhook, per token (seen: 5 per 2 s).
        everything: all of the bot's requests (documented: 50 a second); interaction callbacks and their webhooks are
            exempt.
        invalid_limit: 401, 403 and 429 replies in `invalid_window` seconds after which the address is banned
            (documented: 10,000 in 10 minutes).
        invalid_window: seconds.
        acknowledge_within: seconds an interaction waits for its first answer (documented: 3).
        token_lives: seconds an interaction's token works (documented: 15 minutes).
        follow_ups: further messages of one interaction where only the person has installed the app (documented: 5).
        nonce_lives: seconds in which a repeated nonce returns the first message ("the past few minutes").
        heartbeat: heartbeat interval in HELLO, in seconds.
        resume_for: seconds in which a disconnected session can be resumed.
        resume_buffer: events kept for replay.
        gateway_sends: payloads a client may send per minute (documented: 120).
        cdn_link_lives: seconds an attachment link works (documented: it expires; seen: 24 hours).
        attachment_bytes: largest single file (documented: 10 MiB).
        request_bytes: largest request (documented: 25 MiB).
        keep_versions: whether each message keeps all its texts, with times. A long benchmark turns it off.
        keep_requests: REST calls kept in the log.
    """

    latency: float = 0.0
    send: BucketRule = BucketRule(5, 5.0)
    edit: BucketRule = BucketRule(5, 5.0)
    one_for_messages: bool = False
    delete: BucketRule = BucketRule(5, 1.0)
    bulk_delete: BucketRule = BucketRule(1, 1.0)
    react: BucketRule = BucketRule(1, 0.25)
    typing: BucketRule = BucketRule(5, 5.0)
    channel_edit: BucketRule = BucketRule(5, 15.0)
    rename: BucketRule = BucketRule(2, 600.0, "fixed")
    old_edit: BucketRule = BucketRule(3, 6.0)
    old_after: float = 3600.0
    webhook: BucketRule = BucketRule(5, 2.0)
    everything: BucketRule = BucketRule(50, 1.0, "fixed")
    invalid_limit: int = 10_000
    invalid_window: float = 600.0
    acknowledge_within: float = 3.0
    token_lives: float = 900.0
    follow_ups: int = 5
    nonce_lives: float = 300.0
    heartbeat: float = 41.25
    resume_for: float = 180.0
    resume_buffer: int = 5_000
    gateway_sends: int = 120
    cdn_link_lives: float = 86_400.0
    attachment_bytes: int = 10 * 1024 * 1024
    request_bytes: int = 25 * 1024 * 1024
    keep_versions: bool = True
    keep_requests: int = 20_000

    def with_mode(self, mode: Mode) -> "Rules":
        """The same rules with another kind of bucket for sending, editing and deleting messages."""
        return replace(
            self,
            send=replace(self.send, mode=mode),
            edit=replace(self.edit, mode=mode),
            delete=replace(self.delete, mode=mode),
        )

    def unlimited(self) -> "Rules":
        """The same rules with every rate limit off, for tests that are not about pacing."""
        return replace(
            self.with_mode("off"),
            **{
                name: replace(getattr(self, name), mode="off")
                for name in (
                    "bulk_delete",
                    "react",
                    "typing",
                    "channel_edit",
                    "rename",
                    "old_edit",
                    "webhook",
                    "everything",
                )
            },
        )
