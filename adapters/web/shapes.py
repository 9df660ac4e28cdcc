"""What stands in a conversation, as JSON, and what changed in it. Pure but for a memory of what was drawn before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.web.dialect import WebBody, WebDialect
from bot import clock, phrases
from bot.model import Finish, Select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.web.hub import Live
    from adapters.web.shelf import Shelf
    from bot.model import Control, Controls, TurnId, Usage
    from bot.records import Cost, Entry, Option, Spent, Talk

Shape = dict[str, Any]
"""An object of the interface; docs/web.md says what is in it."""

IDENTITY = ("turn", "kind", "question", "at")
"""What makes an entry another one, and not the same one further on."""
_OVER = frozenset({"done", "failed"})


class Easel:
    """Draws entries for one watcher; an answer that did not change is not drawn again."""

    def __init__(self, language: str, shelf: Shelf) -> None:
        self._language = language
        self._shelf = shelf
        self._dialect = WebDialect()
        self._drawn: dict[TurnId, tuple[str, str, WebBody]] = {}

    def entry(self, entry: Entry, live: Live | None = None) -> Shape:
        """Return an entry; `live` is what is shown of an answer that is not over in the store."""
        state = _state(entry)
        grows = live is not None and state not in _OVER
        body = self._growing(live) if live is not None and grows else self._body(entry)
        ended = entry.ended or (live.over_at if live is not None else None)
        return {
            "turn": entry.turn,
            "kind": "notice" if entry.is_notice else "answer",
            "at": entry.at,
            "question": entry.question,
            "html": list(body.blocks),
            "thoughts": list(body.thoughts),
            "markdown": entry.answer if state in _OVER else "",
            "status": self._status(live) if live is not None and grows else "",
            "state": state,
            "finish": entry.finish.value if entry.finish and state in _OVER else None,
            "note": self._note(entry, live, state),
            "controls": [_control(one) for one in _controls(entry, live if grows else None)],
            "model": entry.model,
            "role": entry.role,
            "usage": usage(entry.usage),
            **money(entry.cost),
            "rating": entry.rating,
            "remark": entry.remark,
            "file": self._file(entry),
            "seconds": round(ended - entry.at, 1) if ended is not None else None,
        }

    def _file(self, entry: Entry) -> str | None:
        """Return the name of the file that can be fetched with an entry."""
        if entry.turn is None:
            return None
        found = self._shelf.find(entry.turn, entry.at, clock.wall())
        return found.name if found is not None else None

    def _body(self, entry: Entry) -> WebBody:
        if entry.turn is None or not (entry.shown or entry.thoughts):
            return WebBody(())
        drawn = self._drawn.get(entry.turn)
        if drawn is None or drawn[:2] != (entry.shown, entry.thoughts):
            dialect = self._dialect
            thinks = entry.thoughts and entry.state != "running"
            body = (
                dialect.with_thoughts(entry.shown, entry.thoughts, folded=True)
                if thinks
                else dialect.render(entry.shown)
            )
            drawn = self._drawn[entry.turn] = (entry.shown, entry.thoughts, body)
        return drawn[2]

    def _growing(self, live: Live) -> WebBody:
        pages = [shown.body for shown in live.pages]
        thoughts = pages[0].thoughts if pages else ()
        # Without text, what stands on the page is the line about the waiting.
        blocks = tuple(block for body in pages for block in body.blocks) if live.text else ()
        return WebBody(blocks, thoughts)

    def _status(self, live: Live) -> str:
        return "" if live.text or not live.status else _joined(self._dialect.render(live.status))

    def _note(self, entry: Entry, live: Live | None, state: str) -> str:
        if state not in _OVER:
            return ""
        if entry.note:
            return _joined(self._dialect.render(entry.note))
        if live is not None and live.beside:
            return _joined(live.beside[-1].body)
        is_empty = state == "failed" and not entry.shown
        return _joined(self._dialect.render(phrases.say("page_failed", self._language))) if is_empty else ""


def _controls(entry: Entry, live: Live | None) -> Controls:
    """Return the buttons under an entry: while it grows, those of its last page."""
    return live.pages[-1].controls if live is not None and live.pages else entry.controls


def _state(entry: Entry) -> str:
    """Return what the reader takes it for: a whole answer is over here, however far it is shown elsewhere."""
    if entry.state != "answered":
        return entry.state
    return "failed" if entry.finish is Finish.FAILED else "done"


def _joined(body: WebBody) -> str:
    return "".join(body.blocks)


def _control(control: Control | Select) -> Shape:
    if isinstance(control, Select):
        options = [_control(option) for option in control.options]
        return {"name": control.name, "label": control.label, "chosen": control.chosen, "options": options}
    return {"name": control.name, "value": control.value, "label": control.label}


def usage(used: Usage | None) -> Shape | None:
    """Return what a request has used; None if it is not known."""
    if used is None:
        return None
    names = ("prompt", "cached", "completion", "reasoning", "estimated")
    return {name: getattr(used, name) for name in names}


def money(cost: Cost) -> Shape:
    """Return what something cost."""
    return {"cost": cost.money, "currency": cost.currency}


def ending(used: Usage | None, finish: str | None, model: str, cost: Cost) -> Shape:
    """Return what a program is told at the end of an answer."""
    return {"usage": usage(used), "finish": finish, "model": model, **money(cost)}


def plain(sentence: str) -> str:
    """Return a sentence of the bot's own without the marks that slant it."""
    return "\n\n".join(part.strip("_") for part in sentence.split("\n\n"))


def totals(cost: Cost) -> Shape:
    """Return what all of it used and cost, as far as it is known."""
    return {"tokens": cost.tokens, **money(cost)}


def settings(chosen: Mapping[str, str]) -> Shape:
    """Return what was chosen for a conversation; numbers as numbers."""
    return {
        "role": chosen.get("role", ""),
        "model": chosen.get("model", ""),
        "think": chosen.get("think", ""),
        "temperature": _number(chosen.get("temperature")),
        "top_p": _number(chosen.get("top_p")),
        "max_tokens": _number(chosen.get("max_tokens")),
    }


def _number(text: str | None) -> float | int | None:
    return None if not text else int(text) if text.isdecimal() else float(text)


def talk(one: Talk, name: str, *, writable: bool) -> Shape:
    """Return a conversation as it stands in a list."""
    return {
        "id": name,
        "platform": one.chat.platform,
        "writable": writable,
        "title": one.title,
        "started": one.started,
        "at": one.at,
        "answers": one.answers,
        "live": one.live,
        "model": one.model,
        "role": one.role,
        "parameters": {key: value for key, value in settings(one.chosen).items() if value not in {None, ""}},
        "tokens": one.cost.tokens,
        **money(one.cost),
        "rating": one.rating,
        "note": one.remark,
    }


def model(one: Option) -> Shape:
    """Return a model that can be chosen."""
    return {
        "name": one.name,
        "label": one.label,
        "model": one.model,
        "price": one.price,
        "context": one.context,
        "thinking": one.thinks,
    }


def role(one: Option) -> Shape:
    """Return a role that can be chosen."""
    return {"name": one.name, "label": one.label, "description": one.description, "model": one.model}


def spent(one: Spent, key: str) -> Shape:
    """Return what was used under one name, which stands under `key`."""
    named = {key: one.name}
    if key == "person":
        named |= {"name": one.label, "platform": one.platform}
    used = {"answers": one.answers, "prompt": one.prompt, "cached": one.cached, "completion": one.completion}
    return {**named, **used, "cost": one.money}


# ---------------------------------------------------------------- what changed


def changes(before: Sequence[Shape], after: Sequence[Shape]) -> Iterator[tuple[str, Shape]]:
    """Yield the events that bring a reader of one list of entries to the other."""
    same = 0
    while same < min(len(before), len(after)) and _is_same(before[same], after[same]):
        same += 1
    for old, new in zip(before[:same], after[:same], strict=True):
        if old != new:
            yield "answer", _change(old, new)
    if same < max(len(before), len(after)):
        yield "entries", {"from": same, "entries": list(after[same:])}


def _is_same(old: Shape, new: Shape) -> bool:
    return all(old[name] == new[name] for name in IDENTITY)


def _change(old: Shape, new: Shape) -> Shape:
    blocks, drawn = new["html"], old["html"]
    first = 0
    while first < min(len(blocks), len(drawn)) and blocks[first] == drawn[first]:
        first += 1
    changed = {name: value for name, value in new.items() if name != "html" and value != old[name]}
    return {"turn": new["turn"], "from": first, "blocks": blocks[first:], **changed}
