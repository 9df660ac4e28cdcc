"""Busy chats on both platforms, trouble on the wire, and a process that is killed again and again.

Trouble is a few refused writes, or with `tests.scenarios.trouble` every fault there is, for every call.

Every question carries a token of its own, and so does the model's answer, so that lost, doubled and disordered
answers can be counted from the screens alone, besides what `tests.invariants` checks.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.invariants import examine
from tests.ledger import is_settled, kept, posted
from tests.servers.qwen import answer
from tests.servers.slack import Limited
from tests.servers.telegram import too_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ledger import Kept, Posted
    from tests.scenarios.stage import Stage
    from tests.scenarios.trouble import Trouble
    from tests.servers.qwen_script import Asked, Script

REFUSED = 0.03
"""Share of writes answered with 429."""
DOUBLED = 0.10
"""Share of deliveries that come twice."""
LIFE = 1.8
"""Seconds a process lives at most once it is ready."""
STILLBORN, UNBORN = 0.15, 1.0
"""Share of the kills that hit a process while it starts, and seconds until then at most."""
PEOPLE = 4
"""Private chats on each platform."""
TOKEN = re.compile(r"q\d+x")
UNLIMITED = dict.fromkeys(
    ("PERSON_MESSAGES_PER_MINUTE", "CHAT_MESSAGES_PER_MINUTE", "PERSON_TOKENS_PER_DAY", "TOKENS_PER_DAY"), "0"
)
"""Settings without which busy people would be asked to slow down."""
UNEXPECTED = re.compile(r"Traceback|never retrieved|was destroyed|unexpectedly|CRITICAL")
"""What stands in no log of a bot that knows how to deal with what happens to it."""
WORDS = "the answer to this goes on for a while and then it ends "


@dataclass(slots=True)
class Tally:
    """What happened. Orphans are openings that nobody owns; all other counts must stay zero."""

    kills: int = 0
    asked: int = 0
    answered: int = 0
    requests: int = 0
    doubled_deliveries: int = 0
    refused_writes: int = 0
    told: list[str] = field(default_factory=list[str])
    """Asked by turns that ended with a sentence of the bot's own: killed too often, or failed by the model."""
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    disordered: list[str] = field(default_factory=list[str])
    broken: list[str] = field(default_factory=list[str])
    orphans: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, nothing came twice, and nothing else broke."""
        return not (self.lost or self.doubled or self.disordered or self.broken)


class Chaos:
    """People who ask, trouble that comes, and a hand that kills. `seed` decides all of it but the timing."""

    def __init__(
        self, stage: Stage, seed: int, *, trouble: Trouble | None = None, life: float = LIFE
    ) -> None:
        self._stage = stage
        self._trouble = trouble
        self._life = life
        self._random = random.Random(seed)  # noqa: S311 - nothing here is a secret
        self._number = 0
        self._stopping = False
        self._asked: dict[str, list[str]] = {}
        self.tally = Tally()
        stage.qwen.reply(self._answer)

    async def run(self, kills: int) -> Tally:
        """Kill so often, let everything come to its end, and count."""
        if self._trouble is None:
            self._make_trouble(kills)
        else:
            self._trouble.begin(self._stage)
        await self._stage.spawn()
        async with asyncio.TaskGroup() as tasks:
            for person in range(PEOPLE):
                tasks.create_task(self._person(f"7{person}", self._say_in_telegram))
                tasks.create_task(self._person(f"U0PERSON{person}", self._say_in_slack))
            shaking = tasks.create_task(self._shake())
            for _ in range(kills):
                await self._kill()
            self._stopping = True
            shaking.cancel()
        await self._settle()
        return self._count()

    # ------------------------------------------------------------ the model

    def _answer(self, asked: Asked) -> Script:
        self.tally.requests += 1
        tokens = " ".join(TOKEN.findall(asked.body["messages"][-1]["content"]))
        length = sum(map(ord, tokens)) % 24
        script = answer(f"To {tokens}: " + WORDS * length + f"end {tokens}.", chunk=64, pause=0.02)
        return self._trouble.spoil(script) if self._trouble else script

    # ------------------------------------------------------------ people

    async def _person(self, chat: str, say: Callable[[str, str], None]) -> None:
        """Ask, wait for the answer or lose patience, ask again."""
        self._asked[chat] = []
        while not self._stopping:
            for _ in range(self._random.choice((1, 1, 1, 2))):
                self._number += 1
                token = f"q{self._number}x"
                self._asked[chat].append(token)
                say(chat, f"what about {token}?")
            await self._patience(chat)

    async def _patience(self, chat: str) -> None:
        for _ in range(self._random.randrange(5, 40)):
            await asyncio.sleep(0.1)
            if self._stopping:
                return
            if self._asked[chat][-1] in self._said_last(chat):
                await asyncio.sleep(self._random.random())
                return

    def _said_last(self, chat: str) -> str:
        if chat.startswith("U"):
            messages = self._stage.slack.replies(self._stage.slack.dm_of(chat))
            return messages[-1].text if messages else ""
        shown = self._stage.telegram.messages(int(chat))
        return shown[-1].text if shown else ""

    def _say_in_telegram(self, chat: str, text: str) -> None:
        self._stage.telegram.say(int(chat), text)
        if self._random.random() < DOUBLED:
            updates = self._stage.telegram.updates
            self.tally.doubled_deliveries += 1
            again = {name: value for name, value in updates.waiting[-1].items() if name != "update_id"}
            updates.push(again)

    def _say_in_slack(self, chat: str, text: str) -> None:
        self._stage.slack.dm(chat, text)
        if self._random.random() < DOUBLED:
            self.tally.doubled_deliveries += 1
            self._stage.slack.again(self._stage.slack.envelopes[-1])

    # ------------------------------------------------------------ trouble

    def _make_trouble(self, kills: int) -> None:
        """Write down which of the coming writes are refused: enough of them for the whole run."""
        for _ in range(2 * kills + 5):
            for method in ("sendMessage", "editMessageText"):
                self._stage.telegram.fail(method, too_many(1), after=self._gap())
        for method in ("chat.postMessage", "chat.update"):
            for _ in range(2 * kills + 5):
                self._stage.slack.fail(method, Limited(1.0), after=self._gap())

    def _gap(self) -> int:
        return int(self._random.expovariate(REFUSED)) + 1

    async def _shake(self) -> None:
        """Disturb Slack's connection, once everybody there was answered: where the bot never was it looks for nothing."""
        if self._trouble is None:
            return
        await self._stage.slack.until(self._all_answered_once, math.inf)
        await self._trouble.shake(self._stage.slack)

    def _all_answered_once(self) -> bool:
        return all(self._said_last(chat) for chat in self._asked if chat.startswith("U"))

    async def _kill(self) -> None:
        if self._random.random() < STILLBORN:
            await asyncio.sleep(self._random.random() * UNBORN)
        else:
            await self._ready()
            await asyncio.sleep(self._random.random() * self._life)
        process = self._stage.process
        assert process is not None
        assert process.returncode is None, (
            f"ended by itself with {process.returncode}\n{self._stage.log[-4000:]}"
        )
        await self._stage.kill()
        self.tally.kills += 1
        self._stage.telegram.forgive()
        self._stage.slack.web.forgive()
        await self._stage.spawn()

    async def _ready(self) -> None:
        polls = self._polls()
        await self._stage.until(lambda: self._polls() > polls)

    def _polls(self) -> int:
        return sum(call.method == "getUpdates" for call in self._stage.telegram.calls)

    # ------------------------------------------------------------ the end

    async def _settle(self) -> None:
        """Wait until everybody is answered; an answer that is lost for good is counted, not waited for."""
        quiet = 0
        for _ in range(3000 if self._trouble else 1200):
            await asyncio.sleep(0.1)
            envelopes = self._stage.slack.envelopes
            delivered = all(one.acked is not None or one.given_up for one in envelopes)
            waiting = self._stage.telegram.updates.waiting
            quiet = quiet + 1 if delivered and not waiting and is_settled(self._stage.database) else 0
            if quiet > 3:
                break
        code, _ = await self._stage.terminate()
        if code:
            self.tally.broken.append(f"I8 told to stop, it ended with {code}")

    def _count(self) -> Tally:
        tally, findings = self.tally, examine(self._stage)
        tally.broken += findings.broken if findings.settled else [*findings.broken, "not settled"]
        tally.broken += [
            f"the log: {line}" for line in self._stage.log.splitlines() if UNEXPECTED.search(line)
        ]
        tally.orphans = len(findings.orphans)
        orphans = {one.ref for one in findings.orphans}
        owned = [one for ref, one in posted(self._stage).items() if ref not in orphans and not one.gone]
        calls = [call.status for call in self._stage.telegram.calls]
        tally.refused_writes = calls.count(429)
        tally.refused_writes += sum(call.status == 429 for call in self._stage.slack.calls)
        store = kept(self._stage.database)
        # A turn that was killed before it asked has no question yet; what it heard stands in its events.
        failed = {turn["id"] for turn in store.turns if turn["finish"] != "stop"}
        tally.told = TOKEN.findall(" ".join(one["text"] for one in store.events if one["turn_id"] in failed))
        tally.broken += half_answers(store, posted(self._stage))
        for chat, tokens in self._asked.items():
            self._count_chat(tokens, [one for one in owned if one.chat in {chat, f"D{chat}"}])
        return tally

    def _count_chat(self, tokens: list[str], messages: list[Posted]) -> None:
        tally = self.tally
        answers = [TOKEN.findall(one.text.partition(":")[0]) for one in messages]
        said = [token for answer in answers for token in answer]
        counts = Counter(said)
        tally.asked += len(tokens)
        tally.answered += len(counts)
        tally.lost += [token for token in tokens if not counts[token] and token not in tally.told]
        tally.doubled += [token for token, count in counts.items() if count > 1]
        expected = [token for token in tokens if counts[token]]
        tally.disordered += [] if list(dict.fromkeys(said)) == expected else [" ".join(said)]


def half_answers(store: Kept, screen: dict[str, Posted]) -> Iterator[str]:
    """Name the answers that look finished and are not: each ends as the model ends it, or with a sentence that says why not."""
    for turn in store.turns:
        pages = [
            page["ref"] for page in store.pages if page["turn_id"] == turn["id"] and page["ref"] in screen
        ]
        text = "".join(screen[ref].text for ref in pages)
        if turn["finish"] == "stop":
            # What is no answer of the model's names no token.
            _, ended, last = text.rpartition(" end ")
            is_told = set(TOKEN.findall(text)) == (set(TOKEN.findall(last)) if ended else set())
        else:
            is_told = bool(turn["note"]) and _letters(turn["note"]) in _letters(text)
        if pages and not turn["replaced"] and not is_told:
            yield f"I1 turn {turn['id']} ({turn['finish']}) looks finished and is not: {text[-80:]!r}"


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
