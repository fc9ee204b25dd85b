"""The privacy policy that says what this bot does, from its settings. Pure; all of its sentences are here, in English.

Not here: the page around it (`as_html`), where it is served (`web`), the notice in Discord (the settings).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grokbot.settings import Settings

TITLE = "Privacy policy"
INTRODUCTION = (
    "This bot lets people talk to Grok, a model of xAI, in Discord. It is unofficial: neither xAI nor Discord runs it "
    "or answers for it. It writes this page from its own settings, so the page says what the bot does now."
)
_RESTORED = (
    "If one is restored, what was deleted since is deleted again. The operator's other copies, if there are any, keep "
    "what was in them."
)
XAI_POLICY = "https://x.ai/legal/privacy-policy"


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """A heading, and what stands under it in Markdown."""

    title: str
    text: str


def policy_of(settings: Settings) -> Sequence[PolicyPart]:
    """What the bot does with these settings, in parts."""
    return (
        PolicyPart("Who runs this bot", _runs(settings)),
        PolicyPart("What it reads", _listed(_reads(settings))),
        PolicyPart("What it stores, and for how long", _listed(_stores(settings))),
        PolicyPart("What goes to xAI", _listed(_sends(settings))),
        PolicyPart("Who can see it", _listed(_seen(settings))),
        PolicyPart("What you can do", _listed(_choices(settings))),
    )


def policy_markdown(settings: Settings) -> str:
    """The whole policy, to publish elsewhere."""
    parts = (f"## {part.title}\n\n{part.text}" for part in policy_of(settings))
    return "\n\n".join((f"# {TITLE}", INTRODUCTION, *parts)) + "\n"


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _runs(settings: Settings) -> str:
    contact = " ".join(settings.privacy.contact.split())
    if contact:
        return f"It is run by {contact} (the operator), who answers questions about your data."
    return (
        "Whoever connected this bot to Discord (the operator). Ask a moderator of the server where you met the bot how "
        "to reach them."
    )


def _reads(settings: Settings) -> Iterator[str]:
    direct = " and in direct messages with it" if settings.discord.answer_direct_messages else ""
    yield f"Messages that mention it or reply to it, and messages in its threads{direct}."
    yield (
        "What you write into its commands and forms, and messages that you or others point it at from a message's menu."
    )
    if settings.discord.user_install:
        yield (
            "What people who have added it to their account ask with `/ask`, and messages that they point it at, in "
            "any server or direct message. Those answers are private unless they choose otherwise."
        )
    yield "All messages of a channel in which moderators have it answer every message."
    yield "Pictures and files that come with all these."
    threads, channels = settings.conversation.context_messages, settings.conversation.channel_context_messages
    where = [
        *([f"the last {threads} messages of a thread or forum post into which somebody calls it"] if threads else []),
        *([f"the last {channels} messages of a channel in which somebody mentions it"] if channels else []),
    ]
    if where:
        yield f"{' and '.join(where).capitalize()}. Moderators can set another number for their server."
    else:
        yield "Messages that others wrote before it was called only where moderators have switched that on."
    yield "The messages of a channel when somebody uses `/summarize` there. Neither they nor the summary are stored."
    yield "Nothing else: other messages in its channels pass by and are not stored. It reads nobody who opted out."


def _stores(settings: Settings) -> Iterator[str]:
    yield (
        "**Conversations:** what you wrote to it, its answers with the model's thoughts and their sources, pictures "
        "and files that you attached, your Discord id and display name, and the times. They are kept "
        f"{_kept(settings)}."
    )
    if not settings.store.keep_text:
        yield (
            "Of conversations in Discord that xAI stores (see below) only ids, names, titles and numbers stay here "
            "once an answer is complete; their text is read from xAI and Discord when it is needed."
        )
    yield (
        "**Messages of others that it read** before a mention: with the conversation, for as long as it; they are "
        "dropped as soon as their writer edits or deletes them, or opts out."
    )
    yield (
        "**Usage:** who asked when, how many tokens that took and what it cost, without any text, for limits and the "
        "operator's bill."
    )
    yield "**Choices:** stars, share pages, API keys, that you have seen the notice, and that you opted out."
    yield (
        "**Moderation:** blocks, limits, and a log of what moderators did, with ids and reasons, but without messages. "
        "The log is never shortened."
    )
    yield (
        "What is deleted is overwritten in the database within a day. The program's own log has ids and numbers, never "
        "what anybody wrote."
    )
    yield _backups(settings)
    encryption = " ".join(settings.privacy.encryption.split())
    if encryption:
        yield f"**Encryption at rest:** {encryption}"


def _backups(settings: Settings) -> str:
    every, keep = settings.store.backup_every, settings.store.backup_keep
    after = "Before an update changes the database there is one too; the last three of these are kept"
    if not every:
        return f"**Backups:** the bot makes none by a schedule. {after}. {_RESTORED}"
    days = -(-every * keep // 24)
    how_long = f"{days} days" if days > 1 else "a day"
    return f"**Backups:** what is deleted stays in the bot's own backups for up to {how_long}. {after}. {_RESTORED}"


def _kept(settings: Settings) -> str:
    days = settings.store.retention_days
    if days is None:
        return "until somebody deletes them"
    after = f"for {days} days after their last change" if days > 1 else "for a day after their last change"
    return f"{after}; the messages in Discord stay there"


def _sends(settings: Settings) -> Iterator[str]:
    xai = settings.xai
    yield (
        f"Each question with what belongs to it: the conversation so far, names, pictures and files. The model is "
        f"`{xai.model}`, unless people or moderators chose another of xAI's."
    )
    if settings.conversation.mode == "stateful":
        yield (
            "xAI stores conversations for 30 days, so that they can go on; what is deleted here is deleted there at "
            "once. People can choose the other mode, in which the whole conversation is sent each time and xAI keeps "
            "requests for up to 30 days."
        )
    else:
        yield (
            "The whole conversation is sent each time, and xAI keeps requests for up to 30 days. People and moderators "
            "can choose the other mode, in which xAI stores the conversation for 30 days; what is deleted here is then "
            "deleted there at once."
        )
    yield "A long conversation is sent once more to be made short."
    yield "What `/summarize` reads, with the names of those who wrote it."
    if settings.conversation.titles:
        yield "The first question and answer once more, for a title."
    if xai.search:
        searched = [name for each, name in (("web", "the web"), ("x", "X")) if each in xai.search]
        does = [f"search {' and '.join(searched)}"] if searched else []
        does += ["run programs"] if "code" in xai.search else []
        yield f"While it answers, the model may {' and '.join(does)} at xAI, with words from the conversation."
    if xai.images:
        yield (
            f"What images are to show, and pictures that are to be changed, for `{xai.image_model}` or the model "
            "itself."
        )
    yield (
        "For whom a request is made, as a keyed hash of the Discord id: it never changes, and only the operator can "
        "tell whose it is. xAI uses it against abuse."
    )
    yield f"What xAI does with all this is in [its privacy policy]({XAI_POLICY})."


def _seen(settings: Settings) -> Iterator[str]:
    yield "**Everybody who can see the thread or channel** in Discord, and Discord itself."
    yield (
        "**The operator,** who has the database and can read what is in it, and programs to which they gave a key for "
        "all."
    )
    yield (
        "**A server's moderators:** they can delete and lock its conversations, see who used the bot how much, and see "
        "refusals in a log channel, without the messages."
    )
    if settings.web.public_url is not None:
        yield (
            "**Everybody with the address of a share page.** A page exists only after somebody shared an answer; its "
            "address cannot be guessed, names are left out unless asked for, and `/unshare` ends it."
        )
    yield "Nobody else: nothing is sold, and there is no advertising and no tracking."


def _choices(settings: Settings) -> Iterator[str]:
    yield "`/privacy notice` shows the most important of this in Discord."
    yield "`/privacy export` gives you everything stored about you, as JSON and Markdown."
    yield (
        "`/privacy delete` deletes it, here and at xAI, with your messages to the bot and its answers to you in "
        "Discord. What others wrote, moderators' decisions and the opt-out stay; usage stays without your id, from the "
        "next month on."
    )
    yield (
        "`/privacy optout`: from then on nothing that you write is read, stored or sent to xAI. `/privacy optin` ends "
        "that."
    )
    yield "A message that you delete in Discord is deleted here, too; `/delete` deletes a whole conversation."
    if settings.privacy.contact:
        yield "Without Discord, or for anything else, write to the operator (see above)."
