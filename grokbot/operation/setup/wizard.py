"""The steps of `grokbot setup`, in order; nothing is written before the last one.

Not here: asking and showing (`dialogue`), trying (`trials`), writing (`files`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from grokbot.operation.setup.answers import (
    AnswerError,
    dollars_in,
    dollars_shown,
    person_in,
    plain,
    price_lines,
)
from grokbot.operation.setup.arrival import PORTAL, Arrival
from grokbot.operation.setup.errors import SetupFailedError, TrialError
from grokbot.operation.setup.files import files_for
from grokbot.operation.setup.next_command import next_command
from grokbot.operation.setup.pasted import PasteError, key_in, token_in
from grokbot.operation.setup.present import KEY, TOKEN, Present
from grokbot.operation.setup.toml_text import TomlTextError, with_values
from grokbot.settings import all_settings
from grokbot.settings.example import example, toml_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from grokbot.discord_bot.bot import Application
    from grokbot.operation.setup.dialogue import Dialogue
    from grokbot.operation.setup.pasted import Pasted
    from grokbot.operation.setup.trials import TriedKey

T = TypeVar("T")

MODEL, OWNER = "xai.model", "api.owner_id"
DAY, MEMBER_DAY = "limits.dollars_per_day", "limits.member_dollars_per_day"
SUGGESTED: Mapping[str, float] = {DAY: 5.0, MEMBER_DAY: 0.5}

CONSOLE = "https://console.x.ai"


@dataclass(frozen=True, slots=True, repr=False)  # no repr: it holds secrets
class SetupOptions:
    """What options answer; None: nothing does."""

    config: Path | None = None
    token: str | None = None
    key: str | None = None
    model: str | None = None
    dollars_per_day: str | None = None
    member_dollars_per_day: str | None = None
    owner: str | None = None


class Wizard:
    """One run.

    Args:
        dialogue: Asks and shows.
        given: What need not be asked.
        environ: The environment's variables.
        root: Whether root runs it: then it is the machine's service that is set up.
    """

    def __init__(self, dialogue: Dialogue, given: SetupOptions, environ: Mapping[str, str], *, root: bool) -> None:
        self._dialogue = dialogue
        self._given = given
        self._environ = environ
        self._root = root
        self._files = files_for(given.config, environ, root=root)
        self._present = Present(self._files, environ)
        self._first = self._present.value(TOKEN) is None
        self._wanted: dict[str, Any] = {}
        self.written = False

    def run(self) -> None:
        """Asks, tries, writes.

        Raises:
            SetupFailedError, UnansweredError: It ends early; `written` says whether everything was written before.
        """
        self._dialogue.say(
            f"Two keys and a few questions. Enter takes what stands in brackets. Ctrl-C at any time leaves everything "
            f"as it was: all is written at the end, to {self._files.folder}."
        )
        application = self._token()
        arrival = Arrival(self._dialogue, lambda: self._application(self._wanted))
        application = arrival.awaited(application)
        key = self._key()
        self._model(key)
        self._budget()
        self._owner(application)
        if self._write():
            self._profile(application)
            self._next()

    # The steps

    def _token(self) -> Application:
        self._dialogue.step("1. Discord's token")
        self._dialogue.say(f"Open {PORTAL}\nNew Application, then Bot, Reset Token, Copy. What you paste is not shown.")
        return self._secret(TOKEN, "Token", self._given.token, token_in, self._tried_token)

    def _key(self) -> TriedKey:
        self._dialogue.step("3. xAI's key")
        self._dialogue.say(
            f"Open {CONSOLE}\nAPI Keys, Create API key, with access to all endpoints and models. What you paste is not "
            "shown."
        )
        return self._secret(KEY, "Key", self._given.key, key_in, self._tried_key)

    def _model(self, key: TriedKey) -> None:
        self._dialogue.step("4. The model")
        now = str(self._present.value(MODEL) or _default(MODEL))
        if key.models:
            self._dialogue.say("Dollars for a million tokens, as xAI lists them:")
            for line in price_lines(key.models):
                self._dialogue.say(line)
        default = now if not key.models or now in key.models else next(iter(sorted(key.models)))

        def checked_model(text: str) -> str:
            if key.models and text not in key.models:
                raise AnswerError(f"xAI has no model {plain(text)} for this key. Please choose one of the list.")
            return text

        self._answered(MODEL, "Model", self._given.model, default, checked_model)

    def _budget(self) -> None:
        self._dialogue.step("5. The budget")
        self._dialogue.say("What answers may cost in a day, in dollars. 0 allows nothing; none is no limit.")
        for name, question, given in (
            (DAY, "All people together", self._given.dollars_per_day),
            (MEMBER_DAY, "Each person", self._given.member_dollars_per_day),
        ):
            now = self._present.value(name)
            suggested = SUGGESTED[name] if self._first and now is None else None
            default = dollars_shown(float(now) if now not in {None, ""} else suggested)
            self._answered(name, question, given, default, dollars_in)

    def _owner(self, application: Application) -> None:
        self._dialogue.step("6. You")
        self._dialogue.say(
            f"What you ask with `grokbot chat` belongs to a person in Discord. The app belongs to "
            f"{plain(application.owner_name)}, {application.owner_id}."
        )
        now = self._present.value(OWNER)
        default = application.owner_id if now is None else int(now)
        self._answered(OWNER, "Your Discord id", self._given.owner, str(default or "none"), person_in)

    # Writing

    def _write(self) -> bool:
        """Returns whether everything is in place."""
        self._dialogue.step("7. Writing")
        secrets = {key: str(self._wanted[key]) for key in (TOKEN, KEY) if self._present.is_new(key, self._wanted[key])}
        values = {key: value for key, value in self._wanted.items() if key not in (TOKEN, KEY)}
        try:
            text = self._files.text()
        except (OSError, UnicodeDecodeError):
            raise SetupFailedError(f"{self._files.config} cannot be read.", 1) from None
        changed, unset = example() if text is None else text, []
        for key, value in values.items():
            try:
                changed = with_values(changed, {key: value})
            except TomlTextError:
                unset.append(f"no {key}" if value is None else f"{key} = {toml_value(value)}")
        names = [*secrets, *([self._files.config.name] if changed != text else [])]
        if not names:
            self._refuse(unset)
            self._dialogue.verdict(True, "Everything is as it was.")
            self._say_stronger()
            return True
        if not self._dialogue.confirm(f"Write {', '.join(names)} in {self._files.folder}?", default=True):
            self._dialogue.verdict(None, "Nothing was written.")
            return False
        try:
            self._files.write(secrets, changed)
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            raise SetupFailedError(f"{self._files.folder} cannot be written to: {reason}.", 1) from None
        self.written = True
        self._refuse(unset)
        self._dialogue.verdict(True, "Written. Others cannot read the secrets.")
        self._say_stronger()
        return True

    def _refuse(self, unset: Sequence[str]) -> None:
        """Some lines of the TOML file are written as only a person can change them, such as `xai = {…}`."""
        if unset:
            rest = "The rest is written. " if self.written else ""
            raise SetupFailedError(
                f"{self._files.config} cannot be changed here without changing more. {rest}Set there yourself: "
                f"{', '.join(unset)}.",
                78,
            )

    def _say_stronger(self) -> None:
        """Another place that sets something else would win, and nobody would see why."""
        for key, place in self._present.stronger(self._wanted).items():
            self._dialogue.verdict(None, f"{key} is also set in {place}, which is stronger. Remove it there.")

    def _profile(self, application: Application) -> None:
        """Offers what `grokbot check --fix` does."""
        if not application.changes:
            return
        names = ", ".join(change.name.lower() for change in application.changes)
        if self._dialogue.confirm(f"Set the app's profile at Discord, too ({names})?", default=True):
            from rich.console import Console  # noqa: PLC0415 - see below

            from grokbot.operation.check import checked, table  # noqa: PLC0415

            found = asyncio.run(checked(self._present.settings(self._wanted), fix=True, database=not self._root))
            Console(no_color=bool(self._environ.get("NO_COLOR"))).print(table(found))

    def _next(self) -> None:
        self._dialogue.step("Done. One command is left:")
        sealed = self._files.sealed(TOKEN) or self._files.sealed(KEY)
        self._dialogue.say(next_command(self._environ, self._given.config, root=self._root, sealed=sealed))

    # One answer

    def _secret(
        self, name: str, question: str, given: str | None, of: Callable[[str], Pasted], tried: Callable[[str], T]
    ) -> T:
        """A secret that works: given by an option, kept, or pasted until one does."""
        kept = self._present.value(name)
        if self._files.sealed(name):
            self._dialogue.say("It is kept encrypted, where it cannot be tried. Paste it again.")
        other = given is not None and kept is not None and given.strip() != kept
        if (
            other
            and self._dialogue.asks
            and not self._dialogue.confirm(f"Replace {name}, which is set?", default=False)
        ):
            given = None
        while True:
            text = given if given is not None else self._dialogue.secret(question, kept=kept is not None)
            try:
                pasted = of(text) if text.strip() or kept is None else None
                for note in pasted.notes if pasted else ():
                    self._dialogue.verdict(None, note)
                secret = pasted.secret if pasted else str(kept)
                result = tried(secret)
            except (PasteError, TrialError) as error:
                if given is not None or not self._dialogue.asks:
                    raise SetupFailedError(str(error), 78 if getattr(error, "refused", True) else 1) from None
                self._dialogue.verdict(False, str(error))
                if getattr(error, "refused", True) and kept is not None and not text.strip():
                    kept = None
            else:
                self._wanted[name] = secret
                return result

    def _answered(self, name: str, question: str, given: str | None, default: str, of: Callable[[str], object]) -> None:
        while True:
            text = given if given is not None else self._dialogue.ask(question, default)
            try:
                self._wanted[name] = of(text.strip())
            except AnswerError as error:
                if given is not None or not self._dialogue.asks:
                    raise SetupFailedError(f"{name}: {error}", 2) from None
                self._dialogue.verdict(False, str(error))
            else:
                if given is not None:
                    self._dialogue.say(f"{question}: {text}")
                return

    # Trying

    def _tried_token(self, token: str) -> Application:
        application = self._application({TOKEN: token})
        self._dialogue.verdict(True, f"Discord knows it: the app is called {plain(application.name)}.")
        return application

    def _application(self, answered: Mapping[str, Any]) -> Application:
        from grokbot.operation.setup.trials import try_token  # noqa: PLC0415 - slow: the first question comes before

        return asyncio.run(try_token(self._present.settings(answered)))

    def _tried_key(self, key: str) -> TriedKey:
        from grokbot.operation.setup.trials import try_key  # noqa: PLC0415 - see above

        tried = asyncio.run(try_key(self._present.settings(self._wanted | {KEY: key})))
        named = f", named {plain(tried.name)}" if tried.name else ""
        models = f"and may use {len(price_lines(tried.models))} models" if tried.models else "but may list no models"
        self._dialogue.verdict(True, f"xAI knows it{named}, {models}.")
        return tried


def _default(key: str) -> object:
    return next(setting.field.default for setting in all_settings() if setting.key == key)
