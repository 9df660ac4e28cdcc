"""What must be true after every scenario, checked against what people see and what the database holds.

    findings = examine(stage)
    assert not findings.broken

`docs/invariants.md` says the same in words. While something is still being answered, only what holds at every
instant is checked. A bot that may still write must be stopped first: between a post and the note of it, a
message belongs to nobody.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.phrases import LANGUAGES, say
from bot.turns.memory.summary import TAKEN_IN
from tests.ledger import kept, posted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ledger import Kept, Posted, Row
    from tests.scenarios.stage import Stage

REQUESTS_MOST = 8
"""Requests for one question in one life of the process: three tries, and five times more was said."""
OWN_SENTENCES = ("waiting", "failed", "cannot_store", "told_not_yours")
"""What the bot says beside its answers, in messages of no turn."""
_PLAIN = re.compile(r"[\w .,;:?!'’\n-]*")


@dataclass(slots=True)
class Findings:
    """What was found. `broken` are sentences that begin with the number of what they break."""

    broken: list[str] = field(default_factory=list[str])
    orphans: list[Posted] = field(default_factory=list["Posted"])
    """Messages of no turn: openings whose post was cut by a crash. They are promised to be rare, not never."""
    settled: bool = False
    turns: int = 0


def examine(stage: Stage) -> Findings:
    """Check everything that can be checked now."""
    screen, store = posted(stage), kept(stage.database, checked=True)
    findings = Findings(settled=store.settled, turns=len(store.turns))
    findings.broken += [f"I8 {damage}" for damage in store.damage]
    findings.broken += [f"I9 {said}" for said in (*stage.telegram.violations, *stage.slack.violations)]
    findings.broken += _history(stage, store)
    findings.broken += _requests(stage, store)
    findings.broken += _owners(store)
    if store.settled:
        findings.broken += _answers(stage, store, screen)
        findings.broken += _order(store, screen)
        _strays(store, screen, findings)
    return findings


# ---------------------------------------------------------------- I1: every question has its answer


def _answers(stage: Stage, store: Kept, screen: dict[str, Posted]) -> Iterator[str]:
    pages = _pages(store)
    for turn in store.turns:
        refs = [page["ref"] for page in pages[turn["id"]]]
        shown = [screen[ref] for ref in refs if ref in screen]
        yield from (
            f"I1 turn {turn['id']} shows in {ref}, which is not there" for ref in set(refs) - {*screen}
        )
        if not shown and not _closed(stage, store.chats[turn["chat_id"]]) and not _told(turn, store, screen):
            yield f"I1 turn {turn['id']} has no message"
        if shown and not any(one.gone for one in shown) and not turn["replaced"]:
            yield from _complete(turn, shown)


def _closed(stage: Stage, chat: Row) -> bool:
    """Whether nothing could be said there."""
    if chat["platform"] == "telegram":
        there = stage.telegram.world.chats.get(int(chat["chat"]))
        return there is None or bool(there.shut or there.moved_to)
    channel = stage.slack.world.channels.get(chat["chat"])
    return channel is None or channel.archived or not channel.member


def _told(turn: Row, store: Kept, screen: dict[str, Posted]) -> bool:
    """Whether a failed turn was at least reported in a message of its own, or had nobody to tell."""
    if turn["state"] == "failed" and not any(event["turn_id"] == turn["id"] for event in store.events):
        return True
    chat = store.chats[turn["chat_id"]]
    return turn["state"] == "failed" and any(
        one.chat == chat["chat"] and _is_own_sentence(one.text) for one in screen.values()
    )


def _complete(turn: Row, shown: list[Posted]) -> Iterator[str]:
    """The whole answer stands there; told by its letters where it holds no markup."""
    text = "".join(one.text for one in shown)
    said, seen = _letters(turn["answer"]), _letters(text)
    # What the model thought may stand above what it says.
    stands = said in seen if turn["thoughts"] else seen.startswith(said)
    if _PLAIN.fullmatch(turn["answer"]) and not stands:
        yield f"I1 turn {turn['id']} is not shown whole: {text[-60:]!r} for {turn['answer'][-60:]!r}"
    for one in shown:
        if "stop" in one.buttons or any(say("restarting", tag).strip("_") in one.text for tag in LANGUAGES):
            yield f"I5 turn {turn['id']} is over and looks as if it went on: {one.text[-60:]!r}"
        if not one.text.strip(" …"):
            yield f"I5 a message of turn {turn['id']} is empty"


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


# ---------------------------------------------------------------- I2: nothing twice


def _owners(store: Kept) -> Iterator[str]:
    turns = {turn["id"]: turn for turn in store.turns}
    owners: dict[str, set[int]] = defaultdict(set)
    for page in store.pages:
        if page["ref"] is not None and not turns[page["turn_id"]]["replaced"]:
            owners[page["ref"]].add(page["turn_id"])
    yield from (f"I2 turns {ids} share {ref}" for ref, ids in owners.items() if len(ids) > 1)
    places = Counter(turn["asks"] or turn["id"] for turn in store.turns if not turn["replaced"])
    yield from (
        f"I2 question {place} has {count} answers that hold" for place, count in places.items() if count > 1
    )
    live = Counter(turn["chat_id"] for turn in store.turns if turn["state"] in {"running", "answered"})
    yield from (f"I2 chat {chat} has {count} live turns" for chat, count in live.items() if count > 1)


def _strays(store: Kept, screen: dict[str, Posted], findings: Findings) -> None:
    """Messages of no turn: each is a sentence of the bot's own, or an orphan, and never an answer again."""
    owned = {page["ref"] for page in store.pages if page["ref"] is not None}
    answers = {(screen[ref].chat, screen[ref].text) for ref in owned if ref in screen}
    for ref, one in screen.items():
        if ref in owned or one.gone or one.is_file or _is_own_sentence(one.text):
            continue
        if (one.chat, one.text) in answers:
            findings.broken.append(f"I2 {one.ref} says an answer again: {one.text[:60]!r}")
        findings.orphans.append(one)


def _is_own_sentence(text: str) -> bool:
    said = text.replace("`", "")
    return any(re.fullmatch(_pattern(key, tag), said) for key in OWN_SENTENCES for tag in LANGUAGES)


def _pattern(key: str, tag: str) -> str:
    sentence = say(key, tag, reference="{reference}").replace("`", "")
    return r"\S+".join(re.escape(piece) for piece in sentence.split("{reference}"))


# ---------------------------------------------------------------- I3: in order


def _order(store: Kept, screen: dict[str, Posted]) -> Iterator[str]:
    pages, last = _pages(store), dict[tuple[int, str], tuple[float, str]]()
    # What is picked in a menu is shown in the menu's place.
    picked = {event["turn_id"] for event in store.events if event["onto"]}
    reposted = {(one.platform, one.chat) for one in screen.values() if one.gone}
    for turn in store.turns:
        chat = store.chats[turn["chat_id"]]
        refs = [page["ref"] for page in pages[turn["id"]] if page["ref"] in screen]
        if not refs or turn["asks"] or turn["id"] in picked or (chat["platform"], chat["chat"]) in reposted:
            continue
        places = [screen[ref].place for ref in refs]
        # A chat that moved to another id counts its messages anew.
        here = (turn["chat_id"], screen[refs[0]].chat)
        if places != sorted(places) or last.get(here, places[0]) > places[0]:
            yield f"I3 turn {turn['id']} does not stand under what came before it"
        last[here] = places[-1]
    yield from _taken_in_order(store)


def _taken_in_order(store: Kept) -> Iterator[str]:
    newest: dict[int, int] = defaultdict(int)
    for event in store.events:
        if event["turn_id"] is None or event["kind"] == "pressed":
            continue
        if event["turn_id"] < newest[event["chat_id"]]:
            yield f"I3 event {event['id']} was answered before what was said before it"
        newest[event["chat_id"]] = max(newest[event["chat_id"]], event["turn_id"])


# ---------------------------------------------------------------- I4 and I6: what the model was asked


def _history(stage: Stage, store: Kept) -> Iterator[str]:
    """Every request alternates, and gives the model whole stored turns of one chat, in their order."""
    told: dict[tuple[str, str], set[int]] = defaultdict(set)
    for turn in store.turns:
        told[turn["question"], turn["answer"]].add(turn["chat_id"])
    for body in _bodies(stage):
        spoken = _without_summary([one for one in body["messages"] if one["role"] != "system"])
        roles = [one["role"] for one in spoken]
        if roles != ["user", "assistant"] * (len(spoken) // 2) + ["user"]:
            yield f"I4 the model was given {roles}"
            continue
        pairs = zip(spoken[:-1:2], spoken[1::2], strict=True)
        chats = [told[_text(question), _text(answer)] for question, answer in pairs]
        if chats and not set.intersection(*chats):
            yield f"I4 the model was told what no chat holds: {spoken[:-1]!r:.200}"


def _without_summary(spoken: list[Row]) -> list[Row]:
    """Leave out the notes on what was said earlier: a model wrote them, and no turn holds them."""
    return spoken[2:] if len(spoken) > 2 and _text(spoken[1]) == TAKEN_IN else spoken


def _text(message: Row) -> str:
    content: Any = message["content"]
    return content if isinstance(content, str) else repr(content)


def _requests(stage: Stage, store: Kept) -> Iterator[str]:
    asked = Counter(_text(body["messages"][-1]) for body in _bodies(stage))
    for question, count in asked.items():
        turns = sum(turn["question"].startswith(question) for turn in store.turns)
        if count > REQUESTS_MOST * max(1, stage.starts) * max(1, turns):
            yield f"I6 a question of {turns} turns cost {count} requests"


def _bodies(stage: Stage) -> list[Row]:
    return [asked.body for asked in stage.qwen.requests if asked.body.get("messages")]


def _pages(store: Kept) -> dict[int, list[Row]]:
    pages: dict[int, list[Row]] = defaultdict(list)
    for page in store.pages:
        if page["ref"] is not None:
            pages[page["turn_id"]].append(page)
    return pages
