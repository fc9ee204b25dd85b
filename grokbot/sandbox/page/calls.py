"""What a page may ask for: each is one act of the person that it shows.

Here: reading what came from the browser, and turning every refusal into a sentence. Not here: the acts themselves, and
what Discord has against them (discord_server).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server import BadOptionError, CommandNotOfferedError, Permission, RefusedError
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import MODERATE
from grokbot.sandbox.discord_server.state.permissions import in_guild
from grokbot.sandbox.page.arguments import CallError, ended, named, number, sentence, several, text, uploads
from grokbot.sandbox.page.arguments import options as options_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import DiscordSandbox, Guild, InteractionResult, Message, Person
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.page.trouble import Troubles
    from grokbot.sandbox.page.view import View

log = logging.getLogger(__name__)

NO_RESPONSE = "The application did not respond."
NAME_MAX = 32
PEOPLE_MAX = 50
CHANNELS_MAX = 100


class Calls:
    """Does what pages ask for.

    Args:
        discord: The loopback Discord.
        troubles: Its switches.
    """

    def __init__(self, discord: DiscordSandbox, troubles: Troubles) -> None:
        self._discord = discord
        self._troubles = troubles
        self._turning: set[asyncio.Future[bool]] = set()
        self._known: dict[str, Callable[[View, Json], Awaitable[Json | None]]] = {
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "unreact": self._unreact,
            "pin": self._pin,
            "unpin": self._unpin,
            "forward": self._forward,
            "post": self._post,
            "thread": self._thread,
            "rename": self._rename,
            "archive": self._archive,
            "typing": self._typing,
            "direct": self._direct,
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "press": self._press,
            "submit": self._submit,
            "add_person": self._add_person,
            "add_channel": self._add_channel,
            "trouble": self._trouble,
        }

    async def do(self, view: View, body: Json) -> Json:
        """Does one call and returns its answer, whatever was wrong with it; it never raises.

        Args:
            view: Of the person who asks.
            body: What the page sent; `here` is the channel that it has open.
        """
        try:
            act = self._known.get(text(body, "do"), _unknown)
            return {"ok": True} | (await act(view, body) or {})
        except CallError as error:
            return _failed(str(error))
        except RefusedError as refused:
            return _failed(sentence(refused))
        except (CommandNotOfferedError, BadOptionError) as error:
            return _failed(ended(str(error)))
        except Exception:
            log.exception("page.call_failed do=%s", body.get("do"))
            return _failed("The sandbox failed at this; its log says why.")

    # messages

    async def _say(self, view: View, body: Json) -> Json:
        channel = view.find_channel(number(body, "channel"))
        reply_to = view.find_message(number(body, "reply_to")) if body.get("reply_to") else None
        ping = body.get("ping") is not False
        files = uploads(several(body, "files"), self._discord.world.rules)
        said = await view.me.say(channel, text(body, "content"), reply_to=reply_to, ping=ping, attachments=files)
        return {"message": str(said.id)}

    async def _edit(self, view: View, body: Json) -> None:
        await view.me.edit(lasting(view, body), text(body, "content"))

    async def _delete(self, view: View, body: Json) -> None:
        message = view.find_message(number(body, "message"))
        if message.ephemeral:  # put away on this page only: the bot never learns of it
            view.dismissed.add(message.id)
            self._discord.world.changed()
        else:
            await view.me.delete(message)

    async def _react(self, view: View, body: Json) -> None:
        await view.me.react(lasting(view, body), text(body, "emoji"))

    async def _unreact(self, view: View, body: Json) -> None:
        await view.me.unreact(lasting(view, body), text(body, "emoji"))

    async def _pin(self, view: View, body: Json) -> None:
        await view.me.pin(lasting(view, body))

    async def _unpin(self, view: View, body: Json) -> None:
        await view.me.pin(lasting(view, body), pinned=False)

    async def _forward(self, view: View, body: Json) -> Json:
        channel = view.find_channel(number(body, "channel"))
        said = await view.me.forward(lasting(view, body), channel)
        return {"message": str(said.id)}

    async def _typing(self, view: View, body: Json) -> None:
        await view.me.type_in(view.find_channel(number(body, "channel")))

    # channels and threads

    async def _post(self, view: View, body: Json) -> Json:
        forum = view.find_channel(number(body, "channel"))
        thread = await view.me.post(forum, text(body, "title"), text(body, "content"))
        return {"channel": str(thread.id)}

    async def _thread(self, view: View, body: Json) -> Json:
        thread = await view.me.start_thread(lasting(view, body), text(body, "name"))
        return {"channel": str(thread.id)}

    async def _rename(self, view: View, body: Json) -> None:
        await view.me.rename(view.find_channel(number(body, "channel")), text(body, "name"))

    async def _archive(self, view: View, body: Json) -> None:
        thread = view.find_channel(number(body, "channel"))
        await view.me.archive(thread, archived=body.get("on") is True)

    async def _direct(self, view: View, _body: Json) -> Json:
        return {"channel": str(view.me.direct_messages().id)}

    # commands and components

    async def _slash(self, view: View, body: Json) -> Json:
        channel, line = view.find_channel(number(body, "channel")), text(body, "command")
        options = options_of(view, channel, line, named(body, "options"))
        return _answered(await view.me.slash(channel, line, **options))

    async def _autocomplete(self, view: View, body: Json) -> Json:
        channel, line, focused = (
            view.find_channel(number(body, "channel")),
            text(body, "command"),
            text(body, "focused"),
        )
        given = dict(named(body, "options"))
        typed = str(given.pop(focused, ""))
        options = options_of(view, channel, line, given) | {focused: typed}
        return {"choices": await view.me.autocomplete(channel, line, focused, **options)}

    async def _menu(self, view: View, body: Json) -> Json:
        command = text(body, "command")
        if body.get("message"):
            return _answered(await view.me.context_menu(lasting(view, body), command))
        user = self._discord.world.users.get(number(body, "user"))
        if user is None:
            raise CallError("There is nobody of that id.")
        here = view.find_channel(number(body, "here")) if body.get("here") else None
        channel = here if here is not None and here.guild is not None else None
        return _answered(await view.me.context_menu(user, command, channel))

    async def _press(self, view: View, body: Json) -> Json:
        message = view.find_message(number(body, "message"))
        values = [str(each) for each in several(body, "values")]
        return _answered(await view.me.press(message, custom_id=text(body, "custom_id"), values=values))

    async def _submit(self, view: View, body: Json) -> Json:
        asked = self._discord.world.interactions.get(number(body, "interaction"))
        if asked is None or asked.user is not view.me:
            raise CallError("This form has expired.")
        given = named(body, "values")
        values = {str(name): self._field(value) for name, value in given.items()}
        return _answered(await view.me.submit(asked.result, values))

    def _field(self, value: Any) -> Any:
        """What the page sent of one field: a text, whether a box is ticked, a list of values or of files."""
        if isinstance(value, list):
            files = [each for each in value if isinstance(each, dict)]
            return uploads(files, self._discord.world.rules) if files else [str(each) for each in value]
        return value if isinstance(value, bool) else str(value)

    # the world

    async def _add_person(self, _view: View, body: Json) -> Json:
        name = text(body, "name").strip()
        if not 1 <= len(name) <= NAME_MAX:
            raise CallError(f"A name has 1 to {NAME_MAX} characters.")
        people = self._discord.people
        if any(name.lower() in {p.name.lower(), (p.display_name or "").lower()} for p in people.values()):
            raise CallError("Somebody has this name already.")
        if len(people) >= PEOPLE_MAX:
            raise CallError(f"There are {PEOPLE_MAX} people already.")
        person = self._discord.create_user(name.lower().replace(" ", "."), display_name=name)
        for guild in self._discord.world.guilds.values():
            self._let_in(guild, person, moderator=body.get("moderator") is True)
        return {"person": person.name}

    def _let_in(self, guild: Guild, person: Person, *, moderator: bool) -> None:
        role = next((role for role in guild.roles.values() if role.permissions & Permission.MANAGE_MESSAGES), None)
        if not moderator:
            guild.add_member(person)
        elif role is None:
            guild.add_member(person, permissions=MODERATE)
        else:
            guild.add_member(person, roles=(role,))

    async def _add_channel(self, view: View, body: Json) -> Json:
        guild = self._discord.world.guild(number(body, "guild"), view.me)
        name, kind = text(body, "name").strip().lower().replace(" ", "-"), body.get("kind")
        if not 1 <= len(name) <= 100:  # noqa: PLR2004 -- documented
            raise CallError("A channel's name has 1 to 100 characters.")
        if kind not in {"text", "forum"}:
            raise CallError("A channel is a text channel or a forum.")
        if len(guild.channels) >= CHANNELS_MAX:
            raise CallError(f"There are {CHANNELS_MAX} channels already.")
        if not in_guild(guild, view.me.id) & Permission.MANAGE_CHANNELS:
            raise refusal("missing_permissions")
        made = guild.create_text_channel(name) if kind == "text" else guild.create_forum_channel(name)
        return {"channel": str(made.id)}

    async def _trouble(self, _view: View, body: Json) -> None:
        turning = asyncio.ensure_future(self._troubles.turn(text(body, "name"), on=body.get("on") is not False))
        self._turning.add(turning)
        turning.add_done_callback(self._turning.discard)
        if not await asyncio.shield(turning):  # a page that is reloaded leaves no bot between two lives
            raise CallError("There is no such trouble here.")
        self._discord.world.changed()  # every panel looks again


async def _unknown(_view: View, _body: Json) -> None:
    raise CallError("The page asked for something that this sandbox does not know.")


def lasting(view: View, body: Json) -> Message:
    """The message that a call names, unless it is one that only this person sees."""
    message = view.find_message(number(body, "message"))
    if message.ephemeral:
        raise CallError("That is not possible with a message that only you can see.")
    return message


def _failed(told: str) -> Json:
    return {"ok": False, "error": told}


def _answered(result: InteractionResult) -> Json:
    if not result.acknowledged:
        raise CallError(NO_RESPONSE)
    return {"modal": result.modal, "interaction": str(result.interaction_id)}
