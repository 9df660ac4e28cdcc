"""What a model must offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.model import Ask, Delta


class Model(Protocol):
    """A model that answers."""

    def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it grows; `Finished` comes once, `Usage` at most once, at the end.

        Waits and retries by itself before the first `Text` or `Thought`, never after.
        Raises ModelError.
        """
        ...
