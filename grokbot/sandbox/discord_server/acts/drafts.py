"""A request's message draft, and the message that it creates or changes.

Not here: whether it may be sent, and its events (messages.py).
"""

from dataclasses import dataclass, field, replace

from grokbot.sandbox.discord_server.rules import validation
from grokbot.sandbox.discord_server.rules.errors import invalid, refusal
from grokbot.sandbox.discord_server.rules.protocol import LOADING, SUPPRESS_EMBEDS, VOICE_MESSAGE, Json
from grokbot.sandbox.discord_server.state.mentions import Mentions, find
from grokbot.sandbox.discord_server.state.model import Attachment, Channel, Message, Upload, User
from grokbot.sandbox.discord_server.state.world import World


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A request's message: its JSON, and its files by the number in `files[n]`."""

    body: Json
    files: dict[int, Upload] = field(default_factory=dict)


def build(
    world: World, author: User, channel: Channel, draft: MessageDraft, *, flags: int = 0, replied_to: User | None = None
) -> Message:
    """Create a message from a draft. It is not in the channel yet.

    Args:
        world: All state.
        author: Its permissions decide which mentions count.
        channel: Where it will be.
        draft: The request's body and files.
        flags: Flags that the author may set, already filtered.
        replied_to: The author of the message replied to; None: not a reply.

    Raises:
        RefusedError: 50035 for an invalid form, 50006 for an empty message.
    """
    body = draft.body
    validation.check_message(body, flags=flags, files=len(draft.files))
    content = (body.get("content") or "").strip()
    message = Message(world.ids.make(), channel, author, content, world.clock.wall(), flags=flags)
    message.embeds = _embeds(body.get("embeds") or [])
    message.components = _numbered(body.get("components") or [])
    message.attachments = _attach(world, channel, draft, [])
    if flags & VOICE_MESSAGE:
        _check_voice(message)
    message.nonce = body.get("nonce")
    message.tts = bool(body.get("tts"))
    shown = (message.embeds, message.attachments, message.components, body.get("sticker_ids"))
    validation.check_not_empty(content, *shown)
    _mention(message, find(channel, author, content, body.get("allowed_mentions"), replied_to))
    return message


def apply_edit(world: World, message: Message, draft: MessageDraft) -> None:
    """Apply a draft to a message, without an event.

    Args:
        world: All state.
        message: Changed in place.
        draft: Absent keys leave their field unchanged.

    Raises:
        RefusedError: 50035 or 50006; then nothing is changed.
    """
    body = draft.body
    flags = message.flags
    if body.get("flags") is not None:
        flags = flags & ~SUPPRESS_EMBEDS | int(body["flags"]) & (SUPPRESS_EMBEDS | 1 << 15)
    validation.check_message(body, flags=flags, files=len(draft.files))
    content = (body["content"] or "").strip() if "content" in body else message.content
    embeds = _embeds(body["embeds"] or []) if "embeds" in body else message.embeds
    components = _numbered(body["components"] or []) if "components" in body else message.components
    kept = message.attachments
    if body.get("attachments") is not None:
        wanted = {str(a.get("id")) for a in body["attachments"]}
        kept = [a for a in kept if str(a.id) in wanted]
    validation.check_not_empty(content, embeds, kept, draft.files, components)
    message.attachments = _attach(world, message.channel, draft, kept)
    message.embeds, message.components, message.flags = embeds, components, flags & ~LOADING
    message.edited = world.clock.wall()
    if "content" in body or flags & LOADING:
        message.content = content
        replied = message.reference and world.messages.get(message.reference.message_id or 0)
        allowed = body.get("allowed_mentions")
        _mention(message, find(message.channel, message.author, content, allowed, replied.author if replied else None))
        remember_version(world, message)


def _attach(world: World, channel: Channel, draft: MessageDraft, kept: list[Attachment]) -> list[Attachment]:
    told = {str(a.get("id")): a for a in draft.body.get("attachments") or []}
    added = []
    for number, upload in sorted(draft.files.items()):
        more = told.get(str(number), {})
        upload = replace(  # noqa: PLW2901 - the file with what is told of it
            upload,
            description=more.get("description", upload.description),
            duration=more.get("duration_secs", upload.duration),
            waveform=more.get("waveform", upload.waveform),
        )
        added.append(Attachment(world.ids.make(), channel.id, upload))
    if len(kept) + len(added) > validation.ATTACHMENTS_MAX:
        raise invalid(
            "attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {validation.ATTACHMENTS_MAX} or fewer in length."
        )
    for attachment in added:
        world.attachments[attachment.id] = attachment
    return [*kept, *added]


def _check_voice(message: Message) -> None:
    if message.content or message.embeds or message.components:
        raise refusal("voice_with_content")
    if len(message.attachments) != 1 or not message.attachments[0].file.content_type.startswith("audio/"):
        raise refusal("voice_without_file")
    if message.attachments[0].file.duration is None or message.attachments[0].file.waveform is None:
        raise refusal("voice_without_wave")


def _embeds(embeds: list[Json]) -> list[Json]:
    return [{"type": "rich", **embed} for embed in embeds]


def _numbered(components: list[Json]) -> list[Json]:
    # Discord numbers components from 1 in document order if the sender set no ids.
    taken = 0

    def number(part: Json) -> Json:
        nonlocal taken
        taken += 1
        done = {**part, "id": part.get("id") or taken}
        if isinstance(part.get("components"), list):
            done["components"] = [number(inner) for inner in part["components"]]
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                done[key] = number(part[key])
        return done

    return [number(part) for part in components]


def _mention(message: Message, mentions: Mentions) -> None:
    message.mentions, message.mention_roles = mentions.users, mentions.roles
    message.mention_everyone = mentions.everyone
    message.pinged |= mentions.pinged


def remember_version(world: World, message: Message) -> None:
    """Record a message's current content as one of its versions."""
    if world.rules.keep_versions or not message.versions:
        message.versions.append((world.clock.monotonic(), message.content))
