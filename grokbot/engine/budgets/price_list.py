"""Model prices from xAI's own list, looked up at the start and once a day, and kept in memory.

Not here: what a turn costs (`policy.budgets.prices`), asking xAI (`xai.client`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from grokbot.conversation.errors import ConfigurationError, GrokError, GrokFailure
from grokbot.policy.budgets import UNLISTED, UNLISTED_IMAGE
from grokbot.process.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.engine.context import Provider
    from grokbot.policy.budgets import ListedModel, Prices

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 60 * 60.0

WRONG_KEY = (GrokFailure.BAD_KEY, GrokFailure.NO_CREDIT)
"""What an operator has to fix before anything is answered."""

AGAIN_SECONDS = 60.0
"""The first pause after a failed lookup; each further one is twice as long, up to a day."""

FIRST_AGAIN_SECONDS, FIRST_LONGEST_SECONDS = 1.0, 30.0
"""The first and the longest pause until the list has come once: before that the bot is not ready."""

REFUSALS = 2
"""xAI has to refuse the key so often before that is believed."""

KEY_REFUSED = (
    "xAI does not accept xai.api_key. Create a key in the xAI console, with access to the chat, models and auth "
    "endpoints, and set it."
)


class PriceList:
    """One for the process. Before the list comes, and for a model not on it, `UNLISTED` holds: the highest prices.

    It is the first request to xAI, so a wrong key or model shows at the start.

    Args:
        grok: The client of xAI.
        model: Tells the one of the settings.
        again_seconds: The first pause before another try, until the list has come once.
    """

    def __init__(self, grok: Provider, model: Callable[[], str], *, again_seconds: float = FIRST_AGAIN_SECONDS) -> None:
        self._grok = grok
        self._model = model
        self._again_seconds = again_seconds
        self._listed: Mapping[str, ListedModel] = {}
        self._images: Mapping[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._came = False
        self._refusals = 0
        self._refused = asyncio.Event()

    def of(self, model: str) -> Prices:
        """The prices of a model, by its name in requests."""
        listed = self._listed.get(model)
        return UNLISTED if listed is None else listed.prices

    def listed(self, model: str) -> ListedModel | None:
        """A model as xAI lists it, by its name in requests; None if it does not, or its list has not come."""
        return self._listed.get(model)

    def sees(self, model: str) -> bool:
        """Whether a model takes pictures; an unknown one may."""
        listed = self._listed.get(model)
        return listed is None or listed.sees

    def of_image(self, model: str) -> int:
        """What one image of a model costs, in ticks."""
        return self._images.get(model, UNLISTED_IMAGE)

    @property
    def image_models(self) -> tuple[str, ...]:
        """Models that make images, by name, as far as they are known."""
        return tuple(self._images)

    def cheapest(self) -> str | None:
        """The model with the lowest price of a prompt; None while the list has not come."""
        return min(self._listed, key=lambda name: (self._listed[name].prices.prompt, name), default=None)

    @property
    def models(self) -> tuple[str, ...]:
        """Models by name, for people to choose from: the operator's own first, then those on the list."""
        return tuple(dict.fromkeys([self._model(), *self._listed]))

    def begin(self) -> None:
        """Looks the list up in the background, now and every day until `close`."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_up(), name="prices")

    def again(self) -> None:
        """Looks it up anew at once: the key or the model is another one."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.begin()

    async def close(self) -> None:
        """Stops the lookups. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def key_refused(self) -> NoReturn:
        """Waits for xAI to refuse the key before it has answered anything, perhaps for ever.

        A key that was good once is not doubted like that: people are told, and the daemon stays for what else it does.

        Raises:
            ConfigurationError: It refuses the key.
        """
        await self._refused.wait()
        raise ConfigurationError("xai.api_key", KEY_REFUSED)

    async def look(self) -> bool:
        """Looks the list up. Returns whether it came; if not, the last one stays."""
        try:
            listed = await self._grok.models()
        except GrokError as trouble:
            if trouble.kind in WRONG_KEY:
                log.error("xai.refused setting=xai.api_key text=%r detail=%r", str(trouble), trouble.detail)  # noqa: TRY400 - no traceback
            log.warning("prices.unknown kind=%s detail=%r", trouble.kind, trouble.detail)
            self._refusals += trouble.kind is GrokFailure.BAD_KEY
            if self._refusals >= REFUSALS and not self._came:
                self._refused.set()
            return False
        self._came = True
        if listed and (model := self._model()) not in listed:
            log.error("xai.unknown_model setting=xai.model model=%r known=%s", model, ",".join(sorted(listed)))
        if listed:
            self._listed = listed
        await self._look_at_images()
        log.info("prices.listed models=%d", len(listed))
        return bool(listed)

    async def _look_at_images(self) -> None:
        """A key may have no image models: answers need none, so this is no trouble."""
        try:
            self._images = await self._grok.image_prices() or self._images
        except GrokError as trouble:
            log.warning("prices.images_unknown kind=%s detail=%r", trouble.kind, trouble.detail)

    async def _keep_up(self) -> None:
        first = Backoff(self._again_seconds, FIRST_LONGEST_SECONDS)
        backoff = Backoff(AGAIN_SECONDS, DAY_SECONDS)
        while True:
            if await self.look():
                backoff.reset()
                await asyncio.sleep(DAY_SECONDS)
            else:
                await asyncio.sleep((backoff if self._came else first).pause())
