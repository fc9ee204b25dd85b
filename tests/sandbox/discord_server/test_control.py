"""The control interface that other processes use."""

from collections.abc import Mapping

import aiohttp
import discord
from discord import app_commands

from tests.sandbox.discord_server.conftest import Join, SmallBot, Start


class _View(discord.ui.View):
    @discord.ui.button(label="Go", custom_id="go")
    async def go(self, interaction: discord.Interaction, _button: object) -> None:
        await interaction.response.send_message("gone")


async def test_another_process_can_talk_command_press_and_read(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")

    async def setup(bot: SmallBot) -> None:
        @bot.tree.command(name="chat", description="Talk")
        @app_commands.describe(prompt="What")
        async def chat(interaction: discord.Interaction, prompt: str) -> None:
            await interaction.response.send_message(f"re: {prompt}", view=_View())

    bot = await join(sandbox, setup=setup)
    await bot.tree.sync()
    base = sandbox.api_url.removesuffix("/api/v10") + "/sandbox"
    async with aiohttp.ClientSession() as http:

        async def post(path: str, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
            async with http.post(f"{base}/{path}", json=body) as response:
                return response.status, await response.json()

        status, _said = await post("say", {"channel": "general", "author": "alice", "content": "<@BOT> hi"})
        assert status == 200
        await bot.hears(f"{sandbox.bot_user.mention} hi")
        _, result = await post(
            "slash", {"channel": str(general.id), "author": "alice", "command": "chat", "options": {"prompt": "yo"}}
        )
        assert result["acknowledged"]
        answer = general.messages[-1]
        _, pressed = await post("press", {"message": str(answer.id), "author": "bob", "label": "Go"})
        assert pressed["acknowledged"]
        async with http.get(f"{base}/channels/general/messages") as response:
            read = [m["content"] for m in await response.json()]
        assert read == [f"{sandbox.bot_user.mention} hi", "re: yo", "gone"]
        async with http.get(f"{base}/channels") as response:
            assert [c["name"] for c in await response.json()] == ["general"]
        async with http.get(f"{base}/stats") as response:
            assert (await response.json())["connected"]
        assert [p.name for p in sandbox.people.values()] == ["alice", "bob"]
        status, said = await post("say", {"channel": "general", "author": "alice", "content": "half \ud83d"})
        assert (status, said["content"]) == (200, "half \ufffd")
        for path, body in (
            ("slash", {"channel": "general", "author": "alice", "command": "nope"}),
            ("say", {"channel": "nowhere", "author": "alice", "content": "x"}),
            ("say", {"channel": "general"}),
        ):
            status, refused = await post(path, body)
            assert status in {400, 404}
            assert refused["error"]
