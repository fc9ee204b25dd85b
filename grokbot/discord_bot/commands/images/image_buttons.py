"""Images as the reply to an interaction, with the buttons under them.

A request that a stop cuts off is told at the next start (`inbound.backlog.kept_openings`), and never made again: it may
have been paid for. Not here: `/imagine` itself (`imagine`), what a button's id holds (`wish`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.errors import NotFoundError, UserError
from grokbot.conversation.image_request import LONGEST_PROMPT, ImageRequest
from grokbot.conversation.records.opening import PendingOpening
from grokbot.conversation.response import Conversation, TurnOptions
from grokbot.conversation.text import in_language
from grokbot.discord_bot.asks import check_allowed
from grokbot.discord_bot.commands.images.wish import (
    BUTTON_ID,
    Act,
    ButtonId,
    Source,
    Wish,
    button_ids,
    file_name,
)
from grokbot.discord_bot.inbound import Command
from grokbot.discord_bot.members import actor_of, bot_is_here, check_read
from grokbot.discord_bot.notices import (
    FILE_BYTES,
    NOBODY,
    FormField,
    FormText,
    PanelForm,
    answer,
    answering,
    defer,
    modal_of,
    row_of,
    submitted,
)
from grokbot.discord_bot.notices.texts.answer_text import asked
from grokbot.discord_bot.notices.texts.image_text import (
    DELETE,
    EDIT,
    EDIT_ONE,
    FORM_TITLE,
    IMAGE_GONE,
    IMAGE_MIB,
    IMAGE_UNREAD,
    TOO_LARGE,
    VARIATIONS,
    WHAT_CHANGES,
    imagined,
)
from grokbot.discord_bot.notices.texts.privacy_text import ANOTHERS
from grokbot.discord_bot.rate_limits import PATIENCE, retry_doubted, retry_request
from grokbot.engine.admission import NOT_READ
from grokbot.engine.turns import Question
from grokbot.policy.rights import may_steer

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from grokbot.conversation.image_request import MadeImages
    from grokbot.conversation.parts import ImagePart
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

CHANGE_ID = "grokbot:imgchange:"
"""The beginning of the id of the form for a change; the pressed button's id follows, without its own beginning."""

LABELS = {Act.AGAIN: (VARIATIONS, "🔄"), Act.EDIT: (EDIT, "✏️"), Act.DELETE: (DELETE, "🗑️")}
A_ROW = 5


class ImageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=BUTTON_ID):
    """A button under images."""

    def __init__(self, button_id: ButtonId, label: str = "", row: int = 0) -> None:
        self.button_id = button_id
        name, emoji = LABELS[button_id.act]
        super().__init__(
            discord.ui.Button(
                label=label or str(name),
                emoji=emoji,
                style=discord.ButtonStyle.secondary,
                custom_id=button_id.text,
                row=row,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> ImageButton:
        """Rebuilt from the button's id at every press."""
        return cls(ButtonId.read(match))

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Whoever presses it asks for something new, and pays; only deleting needs a right to the old."""
        async with answering(interaction):
            match self.button_id.act:
                case Act.AGAIN:
                    asked_at = interaction.message.created_at if interaction.message is not None else None
                    await check_read(interaction, self.button_id.asker_id, ANOTHERS, at=asked_at)
                    await show_images(interaction, again(interaction, self.button_id))
                case Act.EDIT:
                    _image_at(interaction.message, self.button_id.number)
                    await interaction.response.send_modal(modal_of(_form(self.button_id)))
                case Act.DELETE:
                    await _delete(interaction, self.button_id.asker_id)


def again(interaction: discord.Interaction[Client], button_id: ButtonId) -> Wish:
    """The wish that the pressed message answers.

    Raises:
        UserError: Somebody has removed its images.
    """
    shown = _image_at(interaction.message, 0)
    images = len(interaction.message.attachments) if interaction.message is not None else 1
    return Wish(
        prompt=shown.description or "",
        count=images,
        aspect=button_id.aspect,
        model=button_id.model,
        source=button_id.source,
    )


async def change_submitted(interaction: discord.Interaction[Client]) -> None:
    """Edits an image as a submitted form says. Any other interaction is left alone."""
    given = submitted(interaction)
    if not given.custom_id.startswith(CHANGE_ID):
        return
    async with answering(interaction):
        match = BUTTON_ID.fullmatch("grokbot:img:" + given.custom_id.removeprefix(CHANGE_ID))
        prompt = given.text("change")[:LONGEST_PROMPT].strip()
        if match is None or interaction.message is None or not prompt:
            raise UserError(IMAGE_GONE)
        pressed = ButtonId.read(match)
        source = Source(interaction.message.id, pressed.number)
        await show_images(interaction, Wish(prompt=prompt, model=pressed.model, source=source))


async def show_images(
    interaction: discord.Interaction[Client], wish: Wish, brought: discord.Attachment | None = None
) -> None:
    """Makes images and replies with them to the command, press or form. Call it inside `answering`.

    Whoever may not is told privately; what goes wrong later replaces "is thinking" for everybody.

    Args:
        interaction: Who wants them, and where.
        wish: What they want.
        brought: An image that came with the command, to edit.

    Raises:
        GrokbotError: There are none; the text says why.
        discord.DiscordException, aiohttp.ClientError, OSError: Discord refused them.
    """
    bot = interaction.client
    check_allowed(interaction)
    await check_read(interaction, interaction.user.id, NOT_READ)
    actor, here = await actor_of(interaction), interaction.channel_id or 0
    where = await bot.engine.places.conversation_in(here) or actor.guild_id
    await bot.engine.images.check(actor, where, wish.prompt)
    command = interaction.type is discord.InteractionType.application_command
    if isinstance(where, Conversation) and command and brought is None:
        await _as_turn(interaction, actor, where, wish)
        return
    async with bot.engine.backlog.kept(_kept(interaction)):
        await defer(interaction)
        sources: tuple[ImagePart, ...] = ()
        if brought is not None:
            sources = (await _picture(interaction, brought),)
        elif wish.source is not None:
            sources = (await _source(interaction, wish.source),)
        wanted = ImageRequest(
            prompt=wish.prompt,
            model=wish.model or bot.engine.images.model,
            count=wish.count,
            aspect=wish.aspect,
            sources=sources,
        )
        made = await bot.engine.images.make(actor, where, wanted)
        await _reply(interaction, wish, made)


async def _as_turn(
    interaction: discord.Interaction[Client], actor: Actor, conversation: Conversation, wish: Wish
) -> None:
    """In a conversation the images are an answer of it, which the model sees, with the buttons of an answer."""
    turns, here = interaction.client.engine.turns, interaction.channel_id or 0
    turns.check_idle(conversation.id)
    await defer(interaction)
    with in_language(await interaction.client.language_at(interaction.guild_id, here)):
        said = await answer(interaction, asked(actor.name, wish.prompt), private=False)
    options = TurnOptions(
        image_model=wish.model or interaction.client.engine.images.model,
        image_count=wish.count,
        image_aspect=wish.aspect,
    )
    await turns.draw(Question(actor, wish.prompt, said.id, here), conversation, options)


async def _reply(interaction: discord.Interaction[Client], wish: Wish, made: MadeImages) -> None:
    most = interaction.filesize_limit or FILE_BYTES
    images = [image for image in made.images if len(image.data) <= most]
    if not images:
        raise UserError(TOO_LARGE)
    with in_language(await interaction.client.language_of_reply(interaction, private=False)):
        text = imagined(
            wish.prompt,
            edited=wish.brought or wish.source is not None,
            withheld=made.withheld,
            large=len(made.images) - len(images),
        )
        view = _view(wish, interaction.user.id, len(images))

    async def send() -> None:
        files = [_file(image, number, wish.prompt) for number, image in enumerate(images)]  # sending reads them
        await interaction.edit_original_response(content=text, attachments=files, view=view, allowed_mentions=NOBODY)

    await retry_request(send, "images", seconds=PATIENCE)


def _file(image: ImagePart, number: int, prompt: str) -> discord.File:
    return discord.File(io.BytesIO(image.data), file_name(image, number), description=prompt)


def _view(wish: Wish, asker_id: int, images: int) -> discord.ui.View:
    ids: Sequence[ButtonId] = button_ids(wish, asker_id, images)
    rows = len(ids) > A_ROW
    return row_of(
        [
            ImageButton(
                each,
                EDIT_ONE.format(number=each.number + 1) if each.act is Act.EDIT and images > 1 else "",
                row=int(rows and each.act is not Act.EDIT),
            )
            for each in ids
        ]
    )


def _kept(interaction: discord.Interaction[Client]) -> PendingOpening:
    return PendingOpening(
        id=interaction.id,
        guild_id=interaction.guild_id if bot_is_here(interaction) else None,
        channel_id=interaction.channel_id or 0,
        user_id=interaction.user.id,
        since=interaction.created_at,
        command=Command(name="", prompt="", token=interaction.token, images=True).written,
    )


def _form(pressed: ButtonId) -> PanelForm:
    """The form for a change. `change_submitted` reads it."""
    field = FormField(WHAT_CHANGES, FormText("change", long=True, most=LONGEST_PROMPT))
    return PanelForm(FORM_TITLE, CHANGE_ID + pressed.text.removeprefix("grokbot:img:"), (field,))


def _image_at(message: discord.Message | None, number: int) -> discord.Attachment:
    if message is None or len(message.attachments) <= number:
        raise UserError(IMAGE_GONE)
    return message.attachments[number]


async def _source(interaction: discord.Interaction[Client], source: Source) -> ImagePart:
    message = interaction.message
    if message is None or message.id != source.message_id:
        channel = interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        try:
            message = await retry_request(lambda: channel.fetch_message(source.message_id), "image")
        except (discord.NotFound, discord.Forbidden):
            raise NotFoundError(IMAGE_GONE) from None
    return await _picture(interaction, _image_at(message, source.number))


async def _picture(interaction: discord.Interaction[Client], attachment: discord.Attachment) -> ImagePart:
    picture = await interaction.client.picture(attachment)
    if picture is None:
        raise UserError(IMAGE_UNREAD.format(most=IMAGE_MIB))
    return picture


async def _delete(interaction: discord.Interaction[Client], asker_id: int) -> None:
    await interaction.response.defer()
    may_steer(await actor_of(interaction), asker_id, asker_id)
    if interaction.message is not None:
        await retry_doubted(interaction.delete_original_response, "images")
