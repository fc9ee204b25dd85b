from __future__ import annotations

import discord

from grokbot.discord_bot.content.brought import pictured_in

OWN = "https://images-ext-1.discordapp.net/external/abc/https/example.org/{}.png"


def test_the_pictures_of_embeds_are_those_that_discord_serves_itself() -> None:
    embeds = [
        discord.Embed.from_dict(
            {
                "title": "Owls",
                "image": {"url": "https://evil.example/a.png", "proxy_url": OWN.format("a")},
                "thumbnail": {"url": "https://evil.example/b.png", "proxy_url": OWN.format("b")},
            }
        ),
        discord.Embed.from_dict({"thumbnail": {"url": "https://evil.example/c.png"}}),  # a proxy is missing
        discord.Embed.from_dict({"image": {"url": "u", "proxy_url": OWN.format("a")}}),  # the same again
        *(discord.Embed.from_dict({"image": {"url": "u", "proxy_url": OWN.format(number)}}) for number in range(5)),
    ]
    found = pictured_in(embeds)
    assert [source.address for source in found] == [OWN.format(each) for each in ("a", "b", 0, 1)]
    assert found[0].name == "picture of Owls"
    assert found[2].name == "picture of a link"
    assert all(source.from_embed for source in found)
