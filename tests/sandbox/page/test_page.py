"""`grokbot sandbox` in headless Chromium, with the real daemon behind it: what one does in the first five minutes."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it ships no types
from playwright.async_api import expect

from grokbot.sandbox.grok_server import Script
from grokbot.sandbox_run.page import PageOptions
from grokbot.sandbox_run.page import page as open_sandbox
from tests.chromium import open_chromium
from tests.sandbox.page.conftest import placed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, FilePayload, Locator, Page

    from grokbot.sandbox.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 15_000
SLOWLY = Script(text="One. " * 200, tokens_per_second=40.0)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and the browser that looks at it."""

    chromium: Browser
    address: str
    stage: Stage


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_chromium() as chromium, open_sandbox(PageOptions(browser=False)) as (served, _, stage):
        await stage.discord.until(lambda: stage.discord.connected, PATIENCE_MS / 1000)
        yield Sandbox(chromium, served.address, stage)


class Tab:
    """One open page, and the hands of who sits before it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self.box = page.locator("textarea.composer-text")
        self.messages = page.locator(".message")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def message(self, text: str) -> Locator:
        return self.messages.filter(has=self.page.locator(".part-content", has_text=text)).last

    def button(self, label: str) -> Locator:
        return self.page.get_by_role("button", name=label, exact=True).last

    async def say(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def become(self, name: str) -> None:
        await self.page.locator(".whoami").click()
        await self.page.get_by_role("menuitemradio", name=name).click()
        await expect(self.page.locator(".whoami")).to_contain_text(name)

    async def open(self, channel: str) -> None:
        await self.page.locator(".channel").filter(has_text=channel).first.click()
        await expect(self.page.locator("h1")).to_have_text(channel)

    async def command(self, line: str, **options: str) -> None:
        await self.box.fill(f"/{line}")
        await expect(self.page.get_by_role("option", name=f"/{line}").first).to_be_visible()
        await self.box.press("Enter")
        for name, value in options.items():
            await self.page.keyboard.type(name)
            await self.page.keyboard.press("Enter")
            await self.page.keyboard.type(value)
            await expect(self.page.get_by_role("option", name=value).first).to_be_visible()
            await self.page.keyboard.press("Enter")
        await self.page.keyboard.press("Enter")

    async def ask(self, question: str) -> None:
        """Mentions the bot in #general, and opens the thread of its answer."""
        await self.open("general")
        await self.say(f"@grokbot {question}")
        await self.message(question).locator(".thread-card").click()
        await expect(self.page.locator("h1")).to_contain_text("general")
        await expect(self.message(question)).to_be_visible()

    async def answered(self) -> None:
        await expect(self.button("Stop")).to_have_count(0)
        await expect(self.button("Resample")).to_be_visible()


@asynccontextmanager
async def open_tab(sandbox: Sandbox, **options: Any) -> AsyncIterator[Tab]:
    context = await sandbox.chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        tab = Tab(await context.new_page())
        await tab.page.goto(sandbox.address)
        await expect(tab.box).to_be_visible()
        yield tab
        assert tab.said == []
    finally:
        await context.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lasting_tab(sandbox: Sandbox) -> AsyncIterator[Tab]:
    async with open_tab(sandbox) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def tab(lasting_tab: Tab) -> Tab:
    """The same page for all, as long as nothing is left open in it: to load it anew takes longer than most tests."""
    if await lasting_tab.page.locator("dialog, .menu, .command-form, .panel:visible").count():
        await lasting_tab.page.reload()
    await lasting_tab.box.fill("")
    await lasting_tab.become("Alice")
    return lasting_tab


async def test_a_mention_is_answered_in_a_thread_word_by_word_until_it_is_stopped(sandbox: Sandbox, tab: Tab) -> None:
    sandbox.stage.grok.script(SLOWLY)
    await tab.ask("Count slowly")
    await expect(tab.button("Stop")).to_be_visible()
    answer = tab.message("One. One.").locator(".part-content")
    early = await answer.inner_text()
    await expect(answer).not_to_have_text(early)
    assert (await answer.inner_text()).startswith(early.removesuffix("(edited)").strip())
    await tab.button("Stop").click()
    await expect(tab.button("Continue")).to_be_visible()


async def test_an_answer_is_resampled_and_its_variants_are_switched(sandbox: Sandbox, tab: Tab) -> None:
    for text in ("The first variant.", "The second variant."):
        sandbox.stage.grok.script(Script(text=text))
    await tab.ask("Which variant")
    await expect(tab.message("The first variant.")).to_be_visible()
    await tab.answered()
    await tab.button("Resample").click()
    await expect(tab.button("2/2")).to_be_visible()
    await expect(tab.message("The second variant.")).to_be_visible()
    await tab.answered()
    await tab.button("‹").click()  # noqa: RUF001 -- the button's sign
    await expect(tab.button("1/2")).to_be_visible()
    await expect(tab.message("The first variant.")).to_be_visible()


async def test_a_question_is_edited_in_place_and_answered_anew(tab: Tab) -> None:
    await tab.ask("Something else first")
    await tab.answered()
    await tab.say("A question with a mistake")
    await expect(tab.message("Answer 2")).to_be_visible()
    await tab.answered()
    await tab.box.press("ArrowUp")
    await tab.page.get_by_role("textbox", name="Edit the message").fill("A question without one")
    await tab.page.keyboard.press("Enter")
    await expect(tab.message("A question without one").locator(".edited").first).to_be_visible()
    await expect(tab.message("Answer 2")).to_contain_text("A question without one")


async def test_a_branch_is_another_thread(tab: Tab) -> None:
    await tab.ask("Where to branch")
    await tab.answered()
    threads = tab.page.locator(".channel.thread")
    before = await threads.count()
    await tab.button("More…").click()
    await tab.button("Branch").click()
    await expect(tab.message("Branched to")).to_be_visible()
    await expect(threads).to_have_count(before + 1)
    await tab.message("Branched to").locator(".part-content .mention").click()
    await tab.message("Branched from").get_by_role("button", name="A message in").click()
    await expect(tab.message("Where to branch")).to_be_visible()


async def test_a_share_page_opens(sandbox: Sandbox, tab: Tab) -> None:
    sandbox.stage.grok.script(Script(text="Words that are shared."))
    await tab.ask("What is shared")
    await tab.answered()
    await tab.button("More…").click()
    await tab.button("Share").click()
    link = tab.page.locator(".message.ephemeral a")
    async with tab.page.context.expect_page() as opened:
        await link.click()
    shared = await opened.value
    await expect(shared.locator("main")).to_contain_text("Words that are shared.")
    await shared.close()  # a page behind another one is drawn once a second only


def panel_of(tab: Tab, words: str) -> Locator:
    return tab.messages.filter(has_text=words).last


async def test_a_moderator_sets_a_setting_with_the_panel(tab: Tab) -> None:
    await tab.become("Moderator")
    await tab.open("questions")
    await tab.command("mod settings")
    panel = panel_of(tab, "Settings of this server")
    await expect(panel).to_have_class("message ephemeral")
    await panel.get_by_role("button", name="Conversations").click()
    await panel.locator(".section").filter(has_text="Archive threads after").get_by_role("button").press("Enter")
    form = tab.page.get_by_role("dialog", name="Archive threads after")
    await form.get_by_role("radio", name="3 days").check()
    await form.get_by_role("button", name="Submit").click()
    await expect(panel.locator(".section").filter(has_text="Archive threads after")).to_contain_text("3 days")
    await panel.locator(".section").filter(has_text="Private threads").get_by_role("button", name="Turn on").click()
    await expect(panel.locator(".section").filter(has_text="Private threads")).to_contain_text("Turn off")
    await panel.get_by_role("button", name="Reset all").click()
    await panel_of(tab, "back to the default?").get_by_role("button", name="Yes, reset all").click()
    await expect(panel.locator(".section").filter(has_text="Model")).to_contain_text("(default)")


async def test_a_moderator_adds_a_list_of_words_with_a_form(tab: Tab) -> None:
    await tab.become("Moderator")
    await tab.open("questions")
    await tab.command("mod filter list")
    panel = panel_of(tab, "Filters of this server")
    await panel.get_by_role("button", name="Add a filter").click()
    form = tab.page.get_by_role("dialog", name="New filter")
    words: FilePayload = {"name": "words.txt", "mimeType": "text/plain", "buffer": b"fig\nplum\n"}
    await form.get_by_label("Or a list of words").set_input_files(words)
    await form.get_by_role("button", name="What it does").click()
    await tab.page.get_by_role("option", name="Questions: a match is only reported").click()
    await form.get_by_label("Name").fill("Fruit")
    await form.get_by_role("button", name="Submit").click()
    await expect(panel).to_contain_text("Filter #1 “Fruit” is active.")


async def test_a_command_that_is_typed_to_its_end_shows_its_options_and_says_which_it_does_not_have(tab: Tab) -> None:
    await tab.become("Moderator")
    await tab.open("general")
    await tab.box.fill("/mod block")
    await expect(tab.page.get_by_role("option", name="/mod block").first).to_be_visible()
    await tab.page.keyboard.type(" Bob")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".completion-head")).to_have_text(
        "/mod block has no such option. Choose one of these:"
    )
    await expect(tab.page.get_by_role("option", name="user")).to_be_visible()
    await expect(tab.messages.filter(has_text="/mod block Bob")).to_have_count(0)
    for _ in range(4):  # the words, then the command
        await tab.page.keyboard.press("Backspace")
    await expect(tab.box).to_be_focused()


async def test_of_the_real_grok_the_panel_tells_no_zeros(sandbox: Sandbox) -> None:
    async with placed(real_grok=True) as place:
        page = await sandbox.chromium.new_page()
        await page.goto(place.served.address)
        await page.get_by_role("button", name="Behind the scenes").click()
        await expect(page.locator(".panel dt")).to_have_text(["Requests", "Edits", "Refused"])
        await expect(page.locator(".entry-status").filter(has_text="real")).not_to_have_class(re.compile("bad"))
        await page.close()


async def test_who_is_blocked_by_a_moderator_is_not_answered(sandbox: Sandbox, tab: Tab) -> None:
    await tab.become("Moderator")
    await tab.open("questions")
    await tab.command("mod block", user="Bob")
    await expect(tab.messages.filter(has_text="/mod block").last).to_contain_text("Bob")
    await tab.become("Bob")
    asked = len(sandbox.stage.grok.requests)
    await tab.say("@grokbot may I ask?")
    await expect(tab.message("You cannot use Grok here.")).to_be_visible()
    await expect(tab.page.locator(".thread-card")).to_have_count(0)
    assert len(sandbox.stage.grok.requests) == asked


async def test_nobody_but_moderators_sees_moderators_channels_and_commands(tab: Tab) -> None:
    channel = tab.page.locator(".channel").filter(has_text="moderators")
    await expect(channel).to_have_count(0)
    await tab.box.fill("/mod")
    await expect(tab.page.get_by_role("option", name="/mod settings")).to_have_count(0)
    await tab.box.fill("")
    await tab.become("Moderator")
    await expect(channel).to_have_count(1)


async def test_somebody_new_comes_and_writes_to_the_bot_directly(tab: Tab) -> None:
    await tab.page.locator(".whoami").click()
    await tab.page.get_by_role("menuitem", name="Add a person").click()
    await tab.page.get_by_label("Name").fill("Carol")
    await tab.page.get_by_role("button", name="Add", exact=True).click()
    await expect(tab.page.locator(".whoami")).to_contain_text("Carol")
    await tab.page.get_by_role("button", name="Direct messages").click()
    await tab.page.locator(".channel.direct").click()
    await expect(tab.page.locator("h1")).to_contain_text("grokbot")
    await tab.say("Good morning")
    await expect(tab.message("Answer 1")).to_contain_text("Good morning")
    await tab.page.get_by_role("button", name="The sandbox").click()


async def test_somebody_deletes_all_that_is_kept_of_them(tab: Tab) -> None:
    await tab.become("Owner")
    await tab.ask("Will this be deleted")
    await tab.answered()
    await tab.open("general")
    await tab.command("privacy delete")
    await tab.button("Delete all my data").click()
    await expect(tab.message("Will this be deleted")).to_have_count(0)


async def test_a_button_works_after_a_restart_of_the_bot(tab: Tab) -> None:
    await tab.ask("Before the restart")
    await tab.answered()
    await tab.page.get_by_role("button", name="Behind the scenes").click()
    await tab.page.get_by_role("tab", name="Trouble").click()
    await tab.page.get_by_role("button", name="Restart the bot").click()
    await expect(tab.page.locator(".bot-state")).not_to_be_empty()
    await expect(tab.page.locator(".bot-state")).to_be_empty()
    await tab.button("Resample").click()
    await expect(tab.button("2/2")).to_be_visible()
    await tab.page.get_by_role("tab", name="Conversation").click()
    await expect(tab.page.get_by_role("treeitem")).to_have_count(3)


async def test_what_comes_below_does_not_move_what_is_read_above(sandbox: Sandbox, tab: Tab) -> None:
    await tab.open("questions")
    questions = next(each for each in sandbox.stage.discord.world.channels.values() if each.name == "questions")
    for number in range(40):
        await sandbox.stage.bob.say(questions, f"Line {number}\nand another")
    await expect(tab.message("Line 39")).to_be_in_viewport()
    read = tab.message("Line 5\n")
    await read.scroll_into_view_if_needed()
    place = await read.bounding_box()
    await sandbox.stage.bob.say(questions, "Something new")
    bar = tab.page.locator(".new-bar")
    await expect(bar).to_contain_text("1 new message since")
    assert await read.bounding_box() == place
    await bar.click()
    await expect(tab.message("Something new")).to_be_in_viewport()
    await expect(bar).to_be_hidden()


async def test_who_becomes_somebody_and_goes_elsewhere_at_once_stays_there(sandbox: Sandbox, tab: Tab) -> None:
    await tab.open("general")
    channels = {each.name: str(each.id) for each in sandbox.stage.discord.world.channels.values()}
    # Both before any frame of the socket can arrive.
    await tab.page.evaluate("id => { sandbox.become('bob'); sandbox.openChannel(id); }", channels["questions"])
    await expect(tab.page.locator(".whoami")).to_contain_text("Bob")
    await sandbox.stage.alice.say(sandbox.stage.general, "Said while Bob looks elsewhere")
    await expect(tab.page.get_by_role("button", name="general, unread")).to_be_visible()
    await expect(tab.page.locator("h1")).to_have_text("questions")


async def test_a_page_that_is_loaded_anew_shows_the_channel_that_was_open(tab: Tab) -> None:
    await tab.open("questions")
    await tab.page.reload()
    await expect(tab.page.locator("h1")).to_have_text("questions")


async def test_a_menu_is_used_with_the_keyboard_and_gives_the_focus_back(tab: Tab) -> None:
    await tab.open("general")
    await tab.say("Something to copy")
    await expect(tab.message("Something to copy")).to_be_visible()
    await tab.page.get_by_role("region", name="Messages").focus()
    await tab.page.keyboard.press("ArrowUp")
    await expect(tab.messages.last).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("menuitem", name="Add a reaction")).to_be_focused()
    await tab.page.keyboard.press("ArrowDown")
    await expect(tab.page.get_by_role("menuitem", name="Edit message")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_role("menu")).to_have_count(0)
    await expect(tab.messages.last).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.box).to_be_focused()


async def test_what_is_typed_outlasts_a_broken_connection(sandbox: Sandbox, tab: Tab) -> None:
    await tab.box.fill("Half a sentence")
    await tab.page.evaluate("sandbox.connection.socket.close()")
    await sandbox.stage.bob.say(sandbox.stage.general, "Said meanwhile")
    await expect(tab.message("Said meanwhile")).to_be_visible()
    await expect(tab.box).to_have_value("Half a sentence")
    await tab.box.press("Enter")
    await expect(tab.message("Half a sentence")).to_be_visible()
    await expect(tab.box).to_have_value("")


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_axe_finds_no_fault(sandbox: Sandbox, scheme: str) -> None:
    async with open_tab(sandbox, color_scheme=scheme, reduced_motion="reduce") as tab:
        await tab.ask(f"Is it {scheme}")
        await tab.answered()
        await tab.page.get_by_role("button", name="Behind the scenes").click()
        await tab.box.fill("/")
        await expect(tab.page.get_by_role("option").first).to_be_visible()
        found = await Axe().run(tab.page)
        assert [f"{fault['id']} ({fault['impact']})" for fault in found.response["violations"]] == []


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_sticks_out_of_the_screen(sandbox: Sandbox, width: int) -> None:
    async with open_tab(sandbox, viewport={"width": width, "height": 844}) as tab:
        await tab.say(f"{'long' * 100} `{'code' * 100}`\n> {'quote' * 100}\n```\n{'block' * 100}\n```")
        await expect(tab.message("longlong")).to_be_visible()
        wide = "e => e.getBoundingClientRect().right > innerWidth + 1"
        found = f"[...document.querySelectorAll('.main *')].filter({wide}).map(e => e.outerHTML)"
        assert await tab.page.evaluate(found) == []
