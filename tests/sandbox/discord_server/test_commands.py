"""Commands, presses, modals and their answers, through the real discord.py."""

import discord
import pytest
from discord import app_commands

from grokbot.sandbox.discord_server import BadOptionError, Channel, CommandNotOfferedError, Permission, Rules, Upload
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start


async def _chat(bot: SmallBot) -> None:
    @bot.tree.command(name="chat", description="Talk")
    async def chat(interaction: discord.Interaction, prompt: str, times: app_commands.Range[int, 1, 5] = 1) -> None:
        await interaction.response.send_message(f"{interaction.user.display_name}: {prompt * times}")

    @bot.tree.command(name="slow", description="Think first")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("more", ephemeral=True)

    @bot.tree.command(name="mute", description="Never answers")
    async def mute(_interaction: discord.Interaction) -> None:
        return

    group = app_commands.Group(name="mod", description="Moderation")

    @group.command(name="block", description="Block somebody")
    async def block(interaction: discord.Interaction, who: discord.Member) -> None:
        await interaction.response.send_message(f"blocked {who.display_name}", ephemeral=True)

    bot.tree.add_command(group)

    @bot.tree.context_menu(name="Ask Grok")
    async def ask(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"you asked about {message.content}")


async def test_a_slash_command_is_refused_until_it_was_synced_and_then_answered(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot = await join(sandbox, setup=_chat)
    alice = sandbox.create_user("alice", display_name="Alice")
    with pytest.raises(CommandNotOfferedError):
        await alice.slash(general, "chat", prompt="hi")
    synced = await bot.tree.sync()
    assert {c.name for c in synced} == {"chat", "slow", "mute", "mod", "Ask Grok"}
    result = await alice.slash(general, "chat", prompt="hi", times=2)
    assert result.acknowledged
    assert not result.ephemeral
    assert [m.content for m in result.messages] == ["Alice: hihi"]
    assert result.messages == general.messages


async def test_options_of_people_and_subcommands_reach_the_handler_resolved(start: Start, join: Join) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")
    bot = await join(sandbox, setup=_chat)
    await bot.tree.sync()
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    guild.add_member(bob, nick="Bobby")
    result = await alice.slash(general, "mod block", who=bob)
    assert result.ephemeral
    assert [m.content for m in result.messages] == ["blocked Bobby"]
    assert general.messages == []
    with pytest.raises(BadOptionError):
        await alice.slash(general, "mod", who=bob)


async def test_a_deferred_ephemeral_answer_is_filled_in_and_followed_up(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot = await join(sandbox, setup=_chat)
    await bot.tree.sync()
    result = await sandbox.create_user("alice").slash(general, "slow")
    assert result.acknowledged
    assert result.deferred
    assert result.ephemeral
    await sandbox.until(lambda: [m.content for m in result.messages] == ["done", "more"])
    assert all(m.ephemeral and not m.loading for m in result.messages)


async def test_who_is_not_answered_in_time_gets_nothing_and_late_answers_are_refused(start: Start, join: Join) -> None:
    sandbox = await start(Rules(acknowledge_within=0.1).unlimited())
    general = sandbox.create_guild("Test server").create_text_channel("general")
    caught: list[discord.Interaction] = []

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="late", description="Too late")
        async def late(interaction: discord.Interaction) -> None:
            caught.append(interaction)

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    result = await sandbox.create_user("alice").slash(general, "late")
    assert not result.acknowledged
    assert len(caught) == 1
    with pytest.raises(discord.NotFound) as unknown:
        await caught[0].response.send_message("here I am")
    assert unknown.value.code == 10062
    assert result.messages == []


async def test_a_second_answer_is_refused_and_the_token_dies_after_fifteen_minutes(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    caught: list[discord.Interaction] = []

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="twice", description="Answers twice")
        async def twice(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("one")
            caught.append(interaction)

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    await sandbox.create_user("alice").slash(general, "twice")
    await bot.until(lambda: caught)
    interaction = caught[0]
    interaction.response._response_type = None  # or discord.py itself would refuse
    with pytest.raises(discord.HTTPException) as twice:
        await interaction.response.send_message("two")
    assert twice.value.code == 40060
    await interaction.edit_original_response(content="still here")
    sandbox.clock.advance(901)
    with pytest.raises(discord.HTTPException) as expired:
        await interaction.edit_original_response(content="too late")
    assert (expired.value.status, expired.value.code) == (401, 50027)
    original = await bot.get_partial_messageable(general.id).fetch_message(general.messages[0].id)
    await original.edit(content="by the bot's own hand")
    assert general.messages[0].content == "by the bot's own hand"


async def test_a_message_command_gets_the_whole_message_without_the_content_intent(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    sandbox.set_intents_allowed(message_content=False)
    intents = discord.Intents.default()
    bot = await join(sandbox, intents=intents, setup=_chat)
    await bot.tree.sync()
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    said = await bob.say(general, "a secret")
    await bot.until(lambda: [(m.id, m.content) for m in bot.heard] == [(said.id, "")])
    result = await alice.context_menu(said, "Ask Grok")
    assert result.messages[0].content == "you asked about a secret"


class _Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.pressed: list[str] = []

    @discord.ui.button(label="Retry", custom_id="retry")
    async def retry(self, interaction: discord.Interaction, _button: object) -> None:
        self.pressed.append("retry")
        await interaction.response.edit_message(content="again")

    @discord.ui.button(label="Edit", custom_id="edit")
    async def edit(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.send_modal(_Modal())

    @discord.ui.button(label="Quiet", custom_id="quiet")
    async def quiet(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.defer()
        await interaction.followup.send("only you see this", ephemeral=True)

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, _interaction: discord.Interaction, _button: object) -> None:
        raise AssertionError


class _Modal(discord.ui.Modal, title="Edit the question"):
    prompt: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        label="Prompt", custom_id="prompt", default="old"
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"now: {self.prompt.value}")


async def test_buttons_update_their_message_open_modals_and_answer_quietly(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot = await join(sandbox)
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    view = _Buttons()
    await channel.send("first", view=view)
    message = general.messages[0]
    alice = sandbox.create_user("alice")

    result = await alice.press(message, label="Retry")
    assert result.updated
    assert view.pressed == ["retry"]
    assert message.content == "again"

    opened = await alice.press(message, custom_id="edit")
    assert opened.modal is not None
    done = await alice.submit(opened, {"prompt": "new"})
    assert [m.content for m in done.messages] == ["now: new"]

    quiet = await alice.press(message, custom_id="quiet")
    await sandbox.until(lambda: [(m.content, m.ephemeral) for m in quiet.messages] == [("only you see this", True)])
    for wrong in ({"label": "Off"}, {"label": "Nowhere"}):
        with pytest.raises(BadOptionError):
            await alice.press(message, **wrong)


async def test_a_command_for_moderators_is_not_offered_to_others(start: Start, join: Join) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="stats", description="Numbers")
        @app_commands.default_permissions(manage_guild=True)
        async def stats(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("many")

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    guild.add_member(bob, permissions=Permission.MANAGE_GUILD)
    with pytest.raises(CommandNotOfferedError):
        await alice.slash(general, "stats")
    assert (await bob.slash(general, "stats")).messages[0].content == "many"


async def test_autocomplete_offers_what_the_bot_says(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="model", description="Choose")
        async def model(interaction: discord.Interaction, name: str) -> None:
            await interaction.response.send_message(name)

        @model.autocomplete("name")
        async def offer(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed}-4", value="grok-4")]

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    offered = await sandbox.create_user("alice").autocomplete(general, "model", "name", name="grok")
    assert [(c["name"], c["value"]) for c in offered] == [("grok-4", "grok-4")]


async def test_commands_in_direct_messages_and_their_guild_and_file_options(start: Start, join: Join) -> None:
    sandbox = await start()
    sandbox.create_guild("Test server")

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="read", description="Read a file")
        async def read(interaction: discord.Interaction, file: discord.Attachment) -> None:
            text = (await file.read()).decode()
            await interaction.response.send_message(f"{file.filename}: {text} {interaction.guild}")

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    alice = sandbox.create_user("alice")
    result = await alice.slash(alice.direct_messages(), "read", file=Upload("note.txt", b"hello", "text/plain"))
    assert [m.content for m in result.messages] == ["note.txt: hello None"]


async def _anywhere(bot: SmallBot) -> None:
    @bot.tree.command(name="ask", description="Ask anywhere")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(interaction: discord.Interaction, private: bool, more: int) -> None:
        told = [interaction.is_guild_integration(), interaction.is_user_integration(), interaction.context.to_array()]
        await interaction.response.send_message(str(told), ephemeral=private)
        for number in range(more):
            try:
                await interaction.followup.send(str(number))
            except discord.HTTPException as error:
                await interaction.edit_original_response(content=f"{error.status} {error.code}")


async def test_who_installed_an_app_uses_it_where_the_bot_is_not_within_discords_limits(
    start: Start, join: Join
) -> None:
    sandbox = await start(Rules().unlimited())
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    home = sandbox.create_guild("Home").create_text_channel("general")
    away = sandbox.create_guild("Elsewhere", bob, bot=False)
    lounge, between = away.create_text_channel("lounge"), sandbox.private_channel(alice, bob)
    bot = await join(sandbox, setup=_anywhere)
    await bot.tree.sync()
    assert [guild.name for guild in bot.guilds] == ["Home"]
    alice.install()

    async def asked(channel: Channel, *, more: int = 0, come: int = 0) -> list[str]:
        result = await alice.slash(channel, "ask", private=False, more=more)
        await sandbox.until(lambda: len(result.messages) > come)
        return [message.content for message in result.messages]

    assert await asked(home, more=6, come=6) == ["[True, True, [0]]", *"012345"]
    assert await asked(alice.direct_messages()) == ["[False, True, [1]]"]
    assert await asked(between) == ["[False, True, [2]]"]
    assert (await asked(lounge, more=6, come=5))[1:] == [*"01234"]
    await sandbox.until(lambda: lounge.messages[0].content == "400 40094")
    assert not lounge.ephemerals
    away.set_permissions(away.everyone, away.everyone.permissions & ~Permission.USE_EXTERNAL_APPS)
    await asked(lounge)
    assert len(lounge.ephemerals) == 1
    with pytest.raises(CommandNotOfferedError):
        await bob.slash(lounge, "ask", private=True, more=0)
    await bob.say(lounge, "a secret")
    await bob.say(between, "another")
    await bob.say(home, "heard")
    await bot.hears("heard")
    assert {message.content for message in bot.heard}.isdisjoint({"a secret", "another"})
