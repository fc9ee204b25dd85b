from pathlib import Path
import time
from tests.discord_bot.simcord.house import open_house

async def test_thin(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        t=time.perf_counter()
        r = await house.alice.slash(house.general, "chat", prompt="Why is the sky blue?")
        print(time.perf_counter()-t)
        print(r, [f.content for f in r.followups])
        for th in house.threads():
            print(th.name, house.said(th))
        print(house.env.transcript())
        await house.alice.send(house.general, f"<@{house.bot.user.id}> hello")
        print(time.perf_counter()-t)
        for th in house.threads():
            print(th.name, house.said(th))
        print([r.messages for r in house.asked()])
