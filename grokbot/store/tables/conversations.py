"""The tables as they are now. `migrations` has their history; a test proves that the two agree.

Not here: rows as values (`rows`), anything specific to one database (`dialect`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from grokbot.store.tables.types import Moment, metadata

# Defined elsewhere, imported so that all tables can be found here.

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("owner_id", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_by", Text),
    Column("mode", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("persona", Text),
    Column("options", Text, nullable=False),  # JSON
    # No foreign key: it and responses.conversation_id would each need the other first. The Store checks it instead.
    Column("leaf_id", Text),
    Column("locked", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    # A response of another conversation; no foreign key, for the same reason as the leaf.
    Column("branched_from", Text),
    CheckConstraint("mode IN ('stateless', 'stateful')", name="mode"),
    Index("ix_conversations_channel_id", "channel_id", "created_at", "id"),
    Index("ix_conversations_owner_id", "owner_id", "modified_at", "id"),
    Index("ix_conversations_branched_from", "branched_from"),
    Index("ix_conversations_modified_at", "modified_at", "id"),
)

OPEN = text("state IN ('pending', 'streaming')")
"""Not ended yet. Spelled out rather than bound, so that the query planner can match the partial index."""

QUOTES = text("quoted_id IS NOT NULL")
"""Few rows do."""

responses = Table(
    "responses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", Text),
    Column("sender", Text, nullable=False),
    Column("author_id", BigInteger),
    Column("author_name", Text),
    Column("message", Text, nullable=False),
    Column("reasoning", Text, nullable=False),
    Column("encrypted_content", Text, nullable=False),
    Column("steps", Text, nullable=False),  # JSON
    Column("queries", Text, nullable=False),  # JSON
    Column("citations", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("failure", Text),
    Column("xai_id", Text),
    Column("stored_until", Moment),
    Column("model", Text),
    Column("prompt_tokens", BigInteger),  # NULL if xAI reported no usage
    Column("cached_prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("tool_calls", BigInteger),
    Column("cost_ticks", BigInteger),  # 10^-10 USD
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("instruction", Text, nullable=False, server_default=""),
    Column("erased", Boolean, nullable=False, server_default=false()),
    Column("options", Text, nullable=False, server_default=""),  # JSON; "" for none
    Column("quoted_id", BigInteger),  # the author of the message that a person quotes
    Column("compacted", Boolean, nullable=False, server_default=false()),
    # Also serves as the index of a conversation's responses in id order.
    UniqueConstraint("conversation_id", "id"),
    # A parent must be in the same conversation. No CASCADE: SQLite follows it at most 1,000 responses deep.
    ForeignKeyConstraint(
        ["conversation_id", "parent_id"],
        ["responses.conversation_id", "responses.id"],
        name="fk_responses_parent_id",
    ),
    CheckConstraint("sender IN ('human', 'model')", name="sender"),
    CheckConstraint("state IN ('pending', 'streaming', 'done', 'stopped', 'failed', 'interrupted')", name="state"),
    CheckConstraint("sender = 'model' OR state IN ('pending', 'done')", name="human_state"),
    CheckConstraint("parent_id <> id", name="parent"),
    Index("ix_responses_parent_id", "parent_id"),
    Index("ix_responses_xai_id", "xai_id"),
    Index("ix_responses_quoted_id", "quoted_id", sqlite_where=QUOTES, postgresql_where=QUOTES),
    Index("ix_responses_open", "sender", "conversation_id", sqlite_where=OPEN, postgresql_where=OPEN),
)

attachments = Table(
    "attachments",
    metadata,
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("width", BigInteger),
    Column("height", BigInteger),
    Column("detail", Text, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("author_id", BigInteger),  # of the message it came with, if that is quoted
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("attachment_id", BigInteger),
    Column("data", LargeBinary),  # last: nothing before it is read with it. NULL: only Discord has it
    CheckConstraint("kind IN ('picture', 'file')", name="kind"),
    Index("ix_attachments_author_id", "author_id"),
    Index("ix_attachments_message_id", "message_id"),
)

background = Table(
    "background",
    metadata,
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("author_id", BigInteger, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_background_message_id", "message_id"),
    Index("ix_background_author_id", "author_id"),
)

compactions = Table(
    "compactions",
    metadata,
    # What the model is shown instead of a path up to an answer. Made of people's words: it goes with any of them.
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("model", Text, primary_key=True),  # "" for a summary in words
    Column("conversation_id", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_compactions_conversation_id", "conversation_id"),
)

unshown = Table(
    "unshown",
    metadata,
    # The model's answers that Discord does not show completely yet. A start shows what a stop left here.
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
)

discord_messages = Table(
    "discord_messages",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("wording", Text),  # of a person's message: a digest of what its writer wrote
    CheckConstraint("part >= 0", name="part"),
    Index("ix_discord_messages_response_id", "response_id", "part"),
    Index("ix_discord_messages_channel_id", "channel_id", "message_id"),
)

former_messages = Table(
    "former_messages",
    metadata,
    # What people wrote in a message before they edited it: deleting the message deletes that too.
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Index("ix_former_messages_message_id", "message_id"),
)

guests = Table(
    "guests",
    metadata,
    # Who has written in other people's conversations. `responses` has it too, but slowly for people with thousands.
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_guests_conversation_id", "conversation_id"),
)

stars = Table(
    "stars",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_stars_conversation_id", "conversation_id"),
)

shares = Table(
    "shares",
    metadata,
    Column("token_hash", Text, primary_key=True),  # only its recipient knows the token itself
    Column("response_id", Text, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    # The conversation it was shared from: a branch's path runs through another's responses.
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("names", Boolean, nullable=False),
    Column("revoked_at", Moment),
    Index("ix_shares_response_id", "response_id"),
    Index("ix_shares_conversation_id", "conversation_id"),
)

to_forget = Table(
    "to_forget",
    metadata,
    # Ids that xAI must delete. Written with the deletion itself, so that a crash in between loses none.
    Column("xai_id", Text, primary_key=True),
    Column("since", Moment, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key_hash", Text, nullable=False, unique=True),  # only its recipient knows the key itself
    Column("owner_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("everything", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("used_at", Moment),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, nullable=False),  # the last one seen there
)

served = Table(
    "served",
    metadata,
    # The last message that a shard of the connection has received and handled, in all its places.
    Column("shard_id", BigInteger, primary_key=True, autoincrement=False),
    Column("shards", BigInteger, nullable=False),  # of how many
    Column("message_id", BigInteger, nullable=False),
)

openings = Table(
    "openings",
    metadata,
    # Conversations asked for that have no channel or thread yet. The id is the message's or the command's.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("wanted", Text, nullable=False),  # a command as JSON; "" for a message, which Discord stores
    Column("since", Moment, nullable=False),
    Index("ix_openings_user_id", "user_id"),
)

optouts = Table(
    "optouts",
    metadata,
    # Whose messages are not read. Kept for a while after the end too: what was written meanwhile stays unread.
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

noticed = Table(
    "noticed",
    metadata,
    # Who has seen the privacy notice.
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)

leaving = Table(
    "leaving",
    metadata,
    # Who is being erased: limits count this month's usage until the month is over.
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Moment, nullable=False),
    Column("words_gone", Boolean, nullable=False),
)
