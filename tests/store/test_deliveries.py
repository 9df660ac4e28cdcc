"""Ten thousand deliveries, three in ten of them doubled, all shuffled within five seconds: each is heard once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.model import ChatKey
from tests.store.building import NOW, PLATFORMS, accept, end, opened, rows, said

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Said
    from bot.store import Store

DELIVERIES, DOUBLED, SHUFFLED, CHATS = 10_000, 0.3, 5.0, 30
PER_SECOND = 100


def deliveries(chance: random.Random) -> list[tuple[float, Said]]:
    """Return what is delivered and when."""
    said_at = [n / PER_SECOND for n in range(round(DELIVERIES / (1 + DOUBLED)))]
    messages = [
        said(
            f"{n}",
            ChatKey("fake", "bot", str(chance.randrange(CHATS))),
            key=f"d{n}",
            sent_at=datetime.fromtimestamp(NOW + at, UTC),
        )
        for n, at in enumerate(said_at)
    ]
    doubled = chance.sample(range(len(messages)), DELIVERIES - len(messages))
    found = [
        (said_at[n] + chance.uniform(0, SHUFFLED), messages[n]) for n in [*range(len(messages)), *doubled]
    ]
    return sorted(found, key=lambda one: one[0])


async def take(store: Store, now: float) -> list[str]:
    """Answer all that waits; return the messages in the order in which they were taken."""
    taken = []
    while (turn := await store.turns.claim(PLATFORMS, now)) is not None:
        taken += [one.text for one in turn.heard]
        await end(store, turn)
    return taken


async def test_each_message_is_heard_by_one_turn_however_it_is_delivered(tmp_path: Path) -> None:
    delivered = deliveries(random.Random(5))  # noqa: S311 - a test that repeats
    assert len(delivered) == DELIVERIES
    taken: list[str] = []
    async with opened(tmp_path) as store:
        for n in range(0, DELIVERIES, PER_SECOND):
            batch = delivered[n : n + PER_SECOND]
            now = NOW + batch[-1][0]
            await accept(store, *(message for _, message in batch), now=now)
            taken += await take(store, now + 1)
        stored = await rows(store.database, "event")
        turns = {row["id"] for row in await rows(store.database, "turn")}

    messages = {message.text for _, message in delivered}
    assert Counter(taken) == dict.fromkeys(messages, 1)
    assert Counter(row["key"] for row in stored) == {f"d{text}": 1 for text in messages}
    assert {row["turn_id"] for row in stored} == turns
