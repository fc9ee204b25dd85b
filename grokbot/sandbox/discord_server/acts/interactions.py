"""Interactions: a person's command, press or modal, and the bot's answers to it.

Here: the documented life of an interaction: three seconds to acknowledge, a token valid for fifteen minutes, callback
types, follow-ups, ephemeral answers. Not here: what a person may call (people.py, commands.py).
"""

import secrets

from grokbot.sandbox.discord_server.acts import drafts, installs, messages
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules import modals
from grokbot.sandbox.discord_server.rules.errors import RefusedError, invalid, refusal
from grokbot.sandbox.discord_server.rules.protocol import (
    CHAT_INPUT_COMMAND,
    COMPONENTS_V2,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    EPHEMERAL,
    LOADING,
    REPLY,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Json,
)
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.interactions import Interaction
from grokbot.sandbox.discord_server.state.model import Channel, Message, Reference, User
from grokbot.sandbox.discord_server.state.permissions import in_channel
from grokbot.sandbox.discord_server.state.world import Event, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
REPLY_NOW, REPLY_LATER, UPDATE_LATER, UPDATE_NOW, CHOICES, SHOW_MODAL = 4, 5, 6, 7, 8, 9

_ALLOWED = {
    COMMAND: {REPLY_NOW, REPLY_LATER, SHOW_MODAL},
    COMPONENT: {REPLY_NOW, REPLY_LATER, UPDATE_LATER, UPDATE_NOW, SHOW_MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {REPLY_NOW, REPLY_LATER, UPDATE_LATER, UPDATE_NOW},
}
_SENDABLE = EPHEMERAL | SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2


def start(
    world: World, user: User, channel: Channel, kind: int, data: Json, *, target: Message | None = None
) -> Interaction:
    """Create an interaction and send it to the bot.

    Args:
        world: All state.
        user: Who gave the command or pressed the button.
        channel: Where.
        kind: Discord's number: 2 a command, 3 a component, 4 autocomplete, 5 a modal.
        data: Discord's `data` for that kind.
        target: The message with the pressed button; None for commands.
    """
    _forget_expired(world)
    token = secrets.token_urlsafe(48)
    owners = installs.owners(world, user, channel, data, target)
    started = world.clock.monotonic()
    interaction = Interaction(world.ids.make(), token, kind, user, channel, data, started, owners, target)
    interaction.result.interaction_id = interaction.id
    world.interactions[interaction.id] = interaction
    world.interaction_tokens[token] = interaction
    guild_id = None if channel.guild is None else channel.guild.id
    world.publish(Event("INTERACTION_CREATE", _event(world, interaction), 0, guild_id))
    return interaction


def answer(world: World, interaction_id: int, token: str, draft: MessageDraft) -> tuple[Interaction, Json]:
    """The bot's first answer; the second value is what `with_response` returns.

    Args:
        world: All state.
        interaction_id: From the URL.
        token: From the URL.
        draft: Its body holds the callback's `type` and `data`.

    Raises:
        RefusedError: 10062 for an unknown interaction or one past its three seconds, 40060 for a second answer, 50035.
    """
    interaction = world.interactions.get(interaction_id)
    if interaction is None or interaction.token != token:
        raise refusal("unknown_interaction")
    if interaction.result.acknowledged:
        raise refusal("already_acknowledged")
    if world.clock.monotonic() - interaction.started > world.rules.acknowledge_within:
        raise refusal("unknown_interaction")
    kind = int(draft.body.get("type") or 0)
    if kind not in _ALLOWED[interaction.kind] or (kind in {UPDATE_LATER, UPDATE_NOW} and interaction.target is None):
        text = "Value must be one of the callback types that this interaction takes."
        raise invalid("type", "INTERACTION_RESPONSE_TYPE_INVALID", text)
    inner = MessageDraft(draft.body.get("data") or {}, draft.files)
    _apply(world, interaction, kind, inner)
    interaction.result.acknowledged = True
    interaction.answered.set()
    world.changed()
    return interaction, _callback_response(interaction, kind)


def find(world: World, application_id: int, token: str) -> Interaction:
    """The interaction behind a webhook's token.

    Args:
        world: All state.
        application_id: From the URL.
        token: From the URL.

    Raises:
        RefusedError: 10015 for an unknown one, 50027 when its fifteen minutes are over.
    """
    interaction = world.interaction_tokens.get(token)
    if interaction is None or application_id != world.application_id or not interaction.result.acknowledged:
        raise refusal("unknown_webhook")
    if world.clock.monotonic() - interaction.started > world.rules.token_lives:
        raise refusal("invalid_webhook_token")
    return interaction


def follow_up(world: World, interaction: Interaction, draft: MessageDraft) -> Message:
    """One more message. Directly after "is thinking" it becomes that message instead (documented, for old bots).

    Args:
        world: All state.
        interaction: Already answered.
        draft: The message.

    Raises:
        RefusedError: The message is invalid; or 40094: too many, where only the person has installed the app.
    """
    if interaction.loading and interaction.original is not None:
        return edit(world, interaction, interaction.original, draft)
    interaction.follow_ups += 1
    if "0" not in interaction.owners and interaction.follow_ups > world.rules.follow_ups:
        raise refusal("too_many_follow_ups")
    message = _message(world, interaction, draft)
    if interaction.original is not None:
        message.kind = REPLY
        guild_id = None if message.channel.guild is None else message.channel.guild.id
        message.reference = Reference(message.channel.id, interaction.original.id, guild_id)
    messages.post(world, message)
    interaction.result.messages.append(message)
    world.changed()
    return message


def own_message(world: World, interaction: Interaction, name: str) -> Message:
    """A message of this interaction by id or `@original`.

    Args:
        world: All state.
        interaction: The interaction.
        name: An id, or `@original` for the first answer.

    Raises:
        RefusedError: 10008.
    """
    if name == "@original":
        found = interaction.original
    elif name.isdigit():
        found = world.messages.get(int(name))
    else:
        found = None
    if found is None or found.deleted:
        raise refusal("unknown_message")
    if found not in interaction.result.messages and found is not interaction.original:
        raise refusal("unknown_message")
    return found


def edit(world: World, interaction: Interaction, message: Message, draft: MessageDraft) -> Message:
    """Edit a message of this interaction; the first edit ends "is thinking".

    Args:
        world: All state.
        interaction: Already answered.
        message: One of its own.
        draft: Absent keys leave their field unchanged.

    Raises:
        RefusedError: The message is invalid.
    """
    was_loading = message.loading
    drafts.apply_edit(world, message, draft)
    if message is interaction.original:
        interaction.loading = False
    if was_loading:
        message.edited = None
    _tell_update(world, message)
    return message


def delete(world: World, message: Message) -> None:
    """Delete a message of this interaction; an ephemeral one without an event."""
    if message.ephemeral:
        messages.remove(message)
        world.changed()
    else:
        messages.delete(world, world.bot_user, message)


def _forget_expired(world: World) -> None:
    # Oldest first; kept for twice the token's life, so that a late answer gets the error for an expired token.
    oldest = world.clock.monotonic() - 2 * world.rules.token_lives
    while world.interactions:
        first = next(iter(world.interactions.values()))
        if first.started > oldest:
            break
        del world.interactions[first.id], world.interaction_tokens[first.token]


def _apply(world: World, interaction: Interaction, kind: int, draft: MessageDraft) -> None:
    result = interaction.result
    if kind == REPLY_NOW:
        interaction.original = _message(world, interaction, draft)
        messages.post(world, interaction.original)
    elif kind == REPLY_LATER:
        interaction.original = _thinking(world, interaction, int(draft.body.get("flags") or 0))
        messages.post(world, interaction.original)
        interaction.loading = result.deferred = True
    elif kind == UPDATE_LATER:
        interaction.original = interaction.target
        result.deferred = True
    elif kind == UPDATE_NOW and interaction.target is not None:
        drafts.apply_edit(world, interaction.target, draft)
        interaction.original = interaction.target
        result.updated = True
        _tell_update(world, interaction.target)
    elif kind == CHOICES:
        result.choices = _choices(draft.body)
    else:
        modals.check_modal(draft.body)
        result.modal = draft.body
    if interaction.original is not None and interaction.original is not interaction.target:
        result.ephemeral = interaction.original.ephemeral
        result.messages.append(interaction.original)


def _choices(body: Json) -> list[Json]:
    choices: list[Json] = body.get("choices") or []
    if len(choices) > 25:  # noqa: PLR2004 -- documented: 25 choices
        raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    return choices


def _message(world: World, interaction: Interaction, draft: MessageDraft) -> Message:
    flags = int(draft.body.get("flags") or 0) & _SENDABLE | installs.hidden(interaction)
    try:
        message = drafts.build(world, world.bot_user, interaction.channel, draft, flags=flags)
    except RefusedError as refused:
        if refused.errors is not None and interaction.original is None:
            raise RefusedError(refused.status, refused.code, refused.text, {"data": refused.errors}) from None
        raise
    return _mark(message, interaction)


def _thinking(world: World, interaction: Interaction, flags: int) -> Message:
    shown = flags & EPHEMERAL | LOADING | installs.hidden(interaction)
    message = Message(world.ids.make(), interaction.channel, world.bot_user, "", world.clock.wall(), flags=shown)
    return _mark(message, interaction)


def _mark(message: Message, interaction: Interaction) -> Message:
    kinds = {1: CHAT_INPUT_COMMAND, 2: CONTEXT_MENU_COMMAND, 3: CONTEXT_MENU_COMMAND}
    message.kind = kinds.get(interaction.data.get("type", 0), DEFAULT) if interaction.kind == COMMAND else DEFAULT
    message.interaction = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": payloads.user(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.target is not None and interaction.kind == COMPONENT:
        message.interaction["interacted_message_id"] = str(interaction.target.id)
    return message


def _tell_update(world: World, message: Message) -> None:
    if message.ephemeral:
        world.changed()
    else:
        world.publish_message("MESSAGE_UPDATE", message)


def _callback_response(interaction: Interaction, kind: int) -> Json:
    told: Json = {"id": str(interaction.id), "type": interaction.kind}
    body: Json = {"interaction": told}
    shown = interaction.original
    if shown is not None:
        told |= {
            "response_message_id": str(shown.id),
            "response_message_loading": shown.loading,
            "response_message_ephemeral": shown.ephemeral,
        }
        if kind in {REPLY_NOW, REPLY_LATER, UPDATE_NOW}:
            body["resource"] = {"type": kind, "message": payloads.message(shown)}
    return body


def _event(world: World, interaction: Interaction) -> Json:
    channel, user = interaction.channel, interaction.user
    held = in_channel(channel, user.id)
    data: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": payloads.partial_channel(channel, held),
        "app_permissions": str(int(in_channel(channel, world.bot_user.id) or installs.OUTSIDE)),
        "locale": user.locale,
        "entitlements": [],
        "authorizing_integration_owners": interaction.owners,
        "context": 0 if channel.guild is not None else 1 if channel.is_with_bot else 2,
        "attachment_size_limit": world.rules.attachment_bytes,
    }
    if interaction.target is not None and interaction.kind != COMMAND:
        data["message"] = payloads.message(interaction.target)
    guild = channel.guild
    if guild is None:
        return data | {"user": payloads.user(user)}
    member = payloads.member(guild.members[user.id]) | {"permissions": str(int(held))}
    place = {"id": str(guild.id), "locale": guild.preferred_locale, "features": []}
    return data | {"guild_id": str(guild.id), "guild": place, "guild_locale": guild.preferred_locale, "member": member}
