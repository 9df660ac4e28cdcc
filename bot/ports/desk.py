"""What the operator sees and decides, for an adapter that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from bot.model import Ask, ChatKey, Delta, TurnId
    from bot.records import Charge, Choices, Cost, Entry, Health, Spending, Talk


class Desk(Protocol):
    """What the operator sees and decides, for an adapter that shows it. Raises StoreUnavailable."""

    async def talks(
        self, *, query: str, platform: str, before: int | None, most: int
    ) -> tuple[Sequence[Talk], int | None]:
        """Return conversations, the newest first, and what to give as `before` for those that follow.

        `query` are words that must stand in a question or answer; empty texts mean: all.
        """
        ...

    async def chat(self, number: int) -> ChatKey | None:
        """Return the chat of a conversation of any platform."""
        ...

    async def entries(self, chat: ChatKey, most: int, language: str) -> Sequence[Entry]:
        """Return the newest entries of a chat, oldest first, then what waits; controls in that language."""
        ...

    async def entry(self, turn: TurnId, language: str) -> tuple[ChatKey, Entry] | None:
        """Return one turn and where it is."""
        ...

    async def heard(self, chat: ChatKey, key: str) -> bool:
        """Tell whether an event was stored; what broke a limit is not."""
        ...

    async def taken(self, chat: ChatKey, key: str) -> TurnId | None:
        """Return the turn that has taken an event; None while it waits, or if it is not known."""
        ...

    async def title(self, chat: ChatKey) -> str:
        """Return the first words of a conversation; empty before anything was said."""
        ...

    async def cost(self, chat: ChatKey) -> Cost:
        """Return what a conversation has used, as its list tells it: also for answers that were made again."""
        ...

    async def chosen(self, chat: ChatKey) -> Mapping[str, str]:
        """Return what was chosen for a chat, by name."""
        ...

    async def choose(self, chat: ChatKey, name: str, value: str) -> bool:
        """Let a choice hold for a chat from the next question on; empty: the default. False: there is no such."""
        ...

    async def choices(self, chat: ChatKey, language: str) -> Choices:
        """Return what can be chosen in a chat."""
        ...

    async def rate(self, chat: ChatKey, turn: TurnId, rating: int | None, remark: str | None) -> bool:
        """Store what the operator thinks of an answer; None as `remark` leaves it. False: there is no such."""
        ...

    async def erase(self, chat: ChatKey) -> bool:
        """Erase a conversation. False: something in it is being answered."""
        ...

    async def spending(self, days: int) -> Spending:
        """Return what was used in the last days of UTC, today included."""
        ...

    async def health(self) -> Health: ...

    async def metrics(self) -> tuple[bytes, str]:
        """Return the meters as text, and its content type."""
        ...

    def ask(self, ask: Ask, chat: ChatKey, person: str) -> AsyncGenerator[Delta | Charge, None]:
        """Ask the model outside of any conversation; only what it cost is stored, under that chat and person.

        An empty `model` is the usual one; the last thing said is what it came to. Raises ModelError, and OverLimit before the model is asked.
        """
        ...


@runtime_checkable
class Meets(Protocol):
    """An adapter that shows what the operator sees."""

    def meet(self, desk: Desk) -> None:
        """Take the desk; called once, before `run`."""
        ...
