"""Discord's refusals: status, code and text of each (documented under "Opcodes and Status Codes").

Here: one exception and the table of the codes used. Not here: when to refuse.
"""

from typing import Any


class RefusedError(Exception):
    """A request that Discord refuses with an error.

    Attributes:
        status: HTTP status.
        code: Discord's JSON error code.
        text: the `message` of the body.
        errors: nested field errors of a 50035, or None.
    """

    def __init__(self, status: int, code: int, text: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} (error code: {code}): {text}")
        self.status = status
        self.code = code
        self.text = text
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        body: dict[str, Any] = {"message": self.text, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


_TABLE: dict[str, tuple[int, int, str]] = {
    "unauthorized": (401, 0, "401: Unauthorized"),
    "not_found": (404, 0, "404: Not Found"),
    "method_not_allowed": (405, 0, "405: Method Not Allowed"),
    "unknown_application": (404, 10002, "Unknown Application"),
    "unknown_channel": (404, 10003, "Unknown Channel"),
    "unknown_guild": (404, 10004, "Unknown Guild"),
    "unknown_member": (404, 10007, "Unknown Member"),
    "unknown_message": (404, 10008, "Unknown Message"),
    "unknown_role": (404, 10011, "Unknown Role"),
    "unknown_user": (404, 10013, "Unknown User"),
    "unknown_emoji": (400, 10014, "Unknown Emoji"),
    "unknown_webhook": (404, 10015, "Unknown Webhook"),
    "unknown_interaction": (404, 10062, "Unknown interaction"),
    "unknown_command": (404, 10063, "Unknown application command"),
    "unknown_command_permissions": (404, 10066, "Unknown application command permissions"),
    "too_many_reactions": (400, 30010, "Maximum number of reactions reached (20)"),
    "too_many_commands": (400, 30032, "Maximum number of application commands reached (100)"),
    "too_many_pins": (400, 30003, "Maximum number of pins reached (250)"),
    "request_too_large": (413, 40005, "Request entity too large"),
    "forum_needs_post": (400, 40058, "Cannot send a message in a forum channel"),
    "already_acknowledged": (400, 40060, "Interaction has already been acknowledged."),
    "too_many_follow_ups": (400, 40094, "This interaction has hit the maximum number of follow up messages"),
    "missing_access": (403, 50001, "Missing Access"),
    "not_in_dm": (403, 50003, "Cannot execute action on a DM channel"),
    "not_the_author": (403, 50005, "Cannot edit a message authored by another user"),
    "empty_message": (400, 50006, "Cannot send an empty message"),
    "cannot_dm": (403, 50007, "Cannot send messages to this user"),
    "not_a_text_channel": (400, 50008, "Cannot send messages in a non-text channel"),
    "missing_permissions": (403, 50013, "Missing Permissions"),
    "bulk_delete_count": (
        400,
        50016,
        (
            "Provided too few or too many messages to delete. "
            "Must provide at least 2 and fewer than 100 messages to delete"
        ),
    ),
    "system_message": (403, 50021, "Cannot execute action on a system message"),
    "wrong_channel_type": (400, 50024, "Cannot execute action on this channel type"),
    "invalid_webhook_token": (401, 50027, "Invalid Webhook Token"),
    "invalid_recipients": (400, 50033, "Invalid Recipient(s)"),
    "bulk_delete_too_old": (400, 50034, "A message provided was too old to bulk delete"),
    "thread_archived": (400, 50083, "Thread is archived"),
    "voice_with_content": (400, 50159, "Voice messages do not support additional content"),
    "voice_without_file": (400, 50160, "Voice messages must have a single audio attachment"),
    "voice_without_wave": (400, 50161, "Voice messages must have supporting metadata"),
    "voice_edited": (400, 50162, "Voice messages cannot be edited"),
    "invalid_json": (400, 50109, "The request body contains invalid JSON."),
    "no_history": (400, 160002, "Cannot reply without permission to read message history"),
    "thread_exists": (400, 160004, "A thread has already been created for this message"),
    "thread_locked": (400, 160005, "Thread is locked"),
    "too_many_threads": (400, 160006, "Maximum number of active threads reached"),
    "title_blocked": (400, 200001, "Title was blocked by automatic moderation"),
}


def refusal(name: str) -> RefusedError:
    """The refusal with that name.

    Raises:
        KeyError: no such name: a bug in this server.
    """
    return RefusedError(*_TABLE[name])


class FormErrors:
    """Collects field errors and raises them together as one 50035, nested by path like Discord's."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: str, code: str, text: str) -> None:
        """Add an error.

        Args:
            path: The field, with dots: `embeds.0.description`.
            code: Discord's code, in capitals.
            text: Discord's sentence.
        """
        node = self._tree
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": text})

    def length(self, path: str, value: str, low: int, high: int) -> None:
        """Check a length in code points, as Discord's API counts (discord-api-docs 1315).

        Args:
            path: The field, with dots.
            value: The field.
            low: The minimum length.
            high: The maximum length.
        """
        if not low <= len(value) <= high:
            if low == 0:
                self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            else:
                self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def required(self, path: str) -> None:
        """Record a missing field."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def choice(self, path: str, allowed: str) -> None:
        """Record a value that is not one of a fixed set."""
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{allowed}}}.")

    def check(self) -> None:
        """Raise the collected errors.

        Raises:
            RefusedError: 50035, if there are any.
        """
        if self._tree:
            raise RefusedError(400, 50035, "Invalid Form Body", self._tree)


def invalid(path: str, code: str, text: str) -> RefusedError:
    """A 50035 with one field error.

    Args:
        path: The field, with dots.
        code: Discord's code, in capitals.
        text: Discord's sentence.
    """
    errors = FormErrors()
    errors.add(path, code, text)
    return RefusedError(400, 50035, "Invalid Form Body", errors._tree)  # noqa: SLF001 -- same module
