"""`usage`: what people used and what it cost; for administrators also who, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot import clock
from bot.limits import day_of, month_of
from bot.prices import Money
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.limits import Limits
    from bot.model import Control, Select
    from bot.store import Books, Ledger, StoredTurn, Subject, Use
    from bot.turns.deeds import Deed

MOST = 10
"""Lines of a list; a phone shows about as many."""
MINE = "mine"
"""What an administrator goes back to."""


class Period(StrEnum):
    """Since when, in UTC."""

    TODAY = "today"
    MONTH = "month"
    ALL = "all"


class By(StrEnum):
    """What a list is of."""

    PERSON = "person"
    CHAT = "chat"


_WORDS: Mapping[str, Period | By] = {
    **{one.value: one for one in (*Period, *By)},
    "people": By.PERSON,
    "chats": By.CHAT,
    "今天": Period.TODAY,
    "今日": Period.TODAY,
    "本月": Period.MONTH,
    "这个月": Period.MONTH,
    "全部": Period.ALL,
    "人": By.PERSON,
    "聊天": By.CHAT,
}
# What would be read as Markdown, or break a line.
_MARKUP = re.compile(r"[\\`*_\[\]<>~|#$\s]+")


@dataclass(frozen=True, slots=True)
class View:
    """What an administrator looks at: everybody since then, by person or by chat, a page at a time."""

    period: Period
    by: By
    page: int = 0

    @property
    def shown(self) -> range:
        """Which of the list are on the page."""
        return range(self.page * MOST, (self.page + 1) * MOST)

    def turned(self, pages: int) -> str:
        """Return the argument that asks for a page so many pages on."""
        return f"{self.period}.{self.by}.{self.page + pages}"


def asked(args: str) -> View | None:
    """Return the view that somebody asks for; None: nothing was said about one. Pure."""
    words = re.split(r"[.\s]+", args.casefold())
    found = [_WORDS[word] for word in words if word in _WORDS]
    periods, ways = (
        [one for one in found if isinstance(one, Period)],
        [one for one in found if isinstance(one, By)],
    )
    page = int(words[-1]) if re.fullmatch(r"[0-9]{1,6}", words[-1]) else 0
    return View([*periods, Period.MONTH][0], [*ways, By.PERSON][0], page) if found else None


class Usage:
    """The deed. `limits` tells what a person may use."""

    def __init__(
        self,
        books: Books,
        limits: Callable[[StoredTurn], Limits],
        is_admin: Callable[[str, StoredTurn], bool],
    ) -> None:
        self._books = books
        self._limits = limits
        self._is_admin = is_admin

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"usage": self.tell}

    async def tell(self, order: Order) -> Reply:
        """Tell a person their own use; an administrator, where nobody reads along, also that of the others."""
        is_admin = self._is_admin(order.turn.person, order.turn)
        is_alone = not any(one.shared for one in order.turn.heard)
        view = asked(order.args)
        if not is_admin:
            return Reply(text=await self._own(order))
        if not is_alone:
            return Reply(text="\n\n".join([await self._own(order), order.say("usage_elsewhere")]))
        if view is None:
            return Reply(text=await self._own(order), controls=(_periods(order, None),))
        return await self._everybody(order, view)

    async def _own(self, order: Order) -> str:
        now, turn = clock.wall(), order.turn
        today, month = day_of(now)[0], month_of(now)[0]
        parts = [
            order.say("usage_own"),
            _part(order, "usage_today", await self._books.of_person(turn, today)),
            _part(order, "usage_month", await self._books.of_person(turn, month)),
            _part(order, "usage_chat", await self._books.of_chat(turn, month)),
            await self._budget(order, now),
        ]
        return "\n\n".join(part for part in parts if part)

    async def _budget(self, order: Order, now: float) -> str:
        """Return how much of the budgets is left: of one's own; of all only to administrators."""
        limits = self._limits(order.turn)
        own, everybody = await self._books.spent(order.turn, limits.currency, now)
        told = [("usage_budget", own, limits.person_budget_per_month)]
        if self._is_admin(order.turn.person, order.turn):
            told.append(("usage_budget_all", everybody, limits.budget_per_month))
        return "\n\n".join(
            order.say(key, spent=Money(spent, limits.currency), most=Money(most, limits.currency))
            for key, spent, most in told
            if most is not None
        )

    async def _everybody(self, order: Order, view: View) -> Reply:
        since = {Period.TODAY: day_of, Period.MONTH: month_of, Period.ALL: _ever}[view.period](clock.wall())[
            0
        ]
        look = self._books.by_person if view.by is By.PERSON else self._books.by_chat
        listed = await look(since, view.shown)
        head = _part(order, f"usage_all_{view.period}", listed.whole)
        parts = (head, _listed(order, view, listed), order.say("usage_utc"))
        text = "\n\n".join(part for part in parts if part)
        return Reply(text=text, controls=(*_turning(order, view, listed.count), *_choices(order, view)))


def _ever(_now: float) -> tuple[float, float]:
    return 0.0, 0.0


# ---------------------------------------------------------------- as people read it


def _part(order: Order, key: str, use: Use) -> str:
    """Return what was used in one time or place: a title and a few short lines."""
    title = order.say(f"label_{key}")
    if not (use.answers or use.cache or use.tokens):
        return order.say("usage_nothing", title=title)
    lines = [
        order.say(
            "label_usage_line", title=f"**{title}**", answers=f"{use.answers:,}", cost=_cost(order, use)
        )
    ]
    if use.tokens:
        share = round(100 * use.cached / use.prompt) if use.prompt else 0
        lines.append(order.say("label_usage_in", tokens=f"{use.prompt:,}", share=share))
        key = "label_usage_out" if use.reasoning else "label_usage_written"
        lines.append(order.say(key, tokens=f"{use.completion:,}", thoughts=f"{use.reasoning:,}"))
    if use.unpriced and use.costs:
        lines.append(
            order.say("label_usage_unpriced", unpriced=f"{use.unpriced:,}", answers=f"{use.answers:,}")
        )
    if use.cache:
        lines.append(order.say("label_usage_cache", count=f"{use.cache:,}"))
    return "\n- ".join(lines)


def _cost(order: Order, use: Use) -> str:
    """Return the money that is known of; nothing known is not nothing to pay."""
    if not use.costs and use.answers:
        return order.say("label_unpriced")
    return " + ".join(map(str, use.costs)) or "0"


def _listed(order: Order, view: View, listed: Ledger) -> str:
    shown = view.shown
    lines = [
        f"{number}. **{_name(order, view, one)}** · {_cost(order, one.use)} · "
        + order.say("label_usage_each", answers=f"{one.use.answers:,}", tokens=f"{one.use.tokens:,}")
        for number, one in enumerate(listed.shown, start=shown.start + 1)
    ]
    if (more := listed.count - shown.stop) > 0:
        lines.append(f"\n{order.say('usage_more', count=more)}")
    return "\n".join(lines)


def _name(order: Order, view: View, one: Subject) -> str:
    name = _MARKUP.sub(" ", one.name).strip()
    where = f"{one.platform.capitalize()} {_MARKUP.sub(' ', one.id).strip()}"
    if view.by is By.PERSON:
        return (name or where) if one.id else order.say("label_usage_forgotten")
    return f"{name} ({one.platform.capitalize()})" if name else where


# ---------------------------------------------------------------- what there is to choose


def _turning(order: Order, view: View, subjects: int) -> tuple[Control, ...]:
    """Return the buttons that turn a list over."""
    back = [order.button("usage", view.turned(-1), "◀")] if view.page else []
    on = [order.button("usage", view.turned(1), "▶")] if view.shown.stop < subjects else []
    return (*back, *on)


def _periods(order: Order, view: View | None) -> Select:
    by = view.by if view else By.PERSON
    options = [(f"{one}.{by}", order.say(f"label_usage_all_{one}")) for one in Period]
    return order.select(
        "usage", order.say("label_usage_period"), options, f"{view.period}.{by}" if view else ""
    )


def _choices(order: Order, view: View) -> tuple[Control | Select, ...]:
    ways = [(f"{view.period}.{one}", order.say(f"label_usage_by_{one}")) for one in By]
    chosen = f"{view.period}.{view.by}"
    by = order.select("usage", order.say("label_usage_by"), ways, chosen)
    return _periods(order, view), by, order.button("usage", MINE, order.say("label_usage_mine"))
