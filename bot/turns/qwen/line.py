"""Who may ask a model when, where an account may only ask so much of it in a minute; pure.

The provider counts by the minute and by the second, over all that an account asks of one model. So what has been
asked is remembered for a minute, and a question goes out at the earliest moment at which no window of either length
would hold more than is allowed. Whoever waits is served in turn: one question of each person, each person's in order.

A request larger than a whole window has room in an empty one, or it would never be made.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

MINUTE = 60.0
HALF = 0.5
SLOWEST = 0.1
"""To what part of its speed a refused line slows down, and to what part at most."""
ONE_REFUSAL = 5.0
"""Seconds in which several refusals are one: of requests that were under way together, each is refused."""
RECOVERY = 60.0
"""Seconds in which a stopped line would win its speed back; the provider's limits recover within a minute."""


@dataclass(slots=True)
class Entry:
    """What was asked at a moment."""

    at: float
    amount: int
    counts: bool = True
    """It is still in its window."""


class Window:
    """At most `most` in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._entries: deque[Entry] = deque()
        self._sum = 0

    def room_at(self, amount: int, now: float, share: float = 1.0) -> float:
        """Return the earliest moment from `now` on at which this much more has room, at a share of the speed."""
        length = self.seconds / share
        self._forget(now - length)
        over, moment = self._sum + amount - self.most, now
        for entry in self._entries:
            if over <= 0:
                break
            moment = entry.at + length
            over -= entry.amount
        # What may be left over is the request itself: alone it may be larger.
        return moment

    def add(self, amount: int, at: float) -> Entry:
        """Note that this much is asked at a moment; `at` never goes back."""
        entry = Entry(at, amount)
        self._entries.append(entry)
        self._sum += amount
        return entry

    def correct(self, entry: Entry, amount: int) -> None:
        """Note what a request really took."""
        if entry.counts:
            self._sum += amount - entry.amount
            entry.amount = amount

    def _forget(self, until: float) -> None:
        while self._entries and self._entries[0].at <= until:
            entry = self._entries.popleft()
            entry.counts = False
            self._sum -= entry.amount


def windows(per_minute: int) -> tuple[Window, Window]:
    """Return what keeps a limit by the minute and, as smoothly as whole numbers allow, by the second."""
    at_once = math.ceil(per_minute / MINUTE)
    return Window(per_minute, MINUTE), Window(at_once, at_once * MINUTE / per_minute)


@dataclass(slots=True, eq=False)
class Ticket:
    """One question in line."""

    person: str
    tokens: int
    """What it will likely take, question and answer."""
    entries: list[tuple[Window, Entry]] = field(default_factory=list[tuple[Window, Entry]])
    """What it is counted as."""

    def took(self, tokens: int) -> None:
        """Correct what was expected: so much did it take."""
        for window, entry in self.entries:
            window.correct(entry, tokens)


class Line:
    """The line for one model. Moments are seconds by any clock that never jumps."""

    def __init__(self, requests: int | None = None, tokens: int | None = None) -> None:
        self._requests = windows(requests) if requests else ()
        self._tokens = windows(tokens) if tokens else ()
        self._returning: deque[Ticket] = deque()
        self._people: dict[str, deque[Ticket]] = {}
        self._closed_until = -math.inf
        self._slowed_at, self._slowed_to = -math.inf, 1.0

    @property
    def head(self) -> Ticket | None:
        """Who is next."""
        if self._returning:
            return self._returning[0]
        return next((waiting[0] for waiting in self._people.values()), None)

    def enter(self, ticket: Ticket) -> None:
        """Go to the end of one's own questions; who has none in line comes after everybody else."""
        self._people.setdefault(ticket.person, deque()).append(ticket)

    def come_back(self, ticket: Ticket) -> None:
        """Go to the front: it was refused, and has waited already."""
        self._returning.append(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Give up one's place; nothing happens to who has none."""
        if ticket in self._returning:
            self._returning.remove(ticket)
        waiting = self._people.get(ticket.person, deque[Ticket]())
        if ticket in waiting:
            waiting.remove(ticket)
            if not waiting:
                del self._people[ticket.person]

    def ready_at(self, now: float) -> float:
        """Return the earliest moment at which the head may ask, as far as that can be told; `now` if nobody waits."""
        head = self.head
        if head is None:
            return now
        share = self.share(now)
        moments = [window.room_at(1, now, share) for window in self._requests]
        moments += [window.room_at(head.tokens, now, share) for window in self._tokens]
        return max(now, self._closed_until, *moments)

    def take(self, ticket: Ticket, now: float) -> bool:
        """Let a ticket ask now, if it is its turn and there is room; then its person comes after the others."""
        if ticket is not self.head or self.ready_at(now) > now:
            return False
        if self._returning:
            self._returning.popleft()
        else:
            waiting = self._people.pop(ticket.person)
            waiting.popleft()
            if waiting:
                self._people[ticket.person] = waiting
        for window in self._requests:
            window.add(1, now)
        ticket.entries = [(window, window.add(ticket.tokens, now)) for window in self._tokens]
        return True

    def refused(self, seconds: float, now: float) -> None:
        """Note that the provider wants to be left alone: nobody asks meanwhile, and after it more slowly for a while."""
        self._closed_until = max(self._closed_until, now + seconds)
        if now - self._slowed_at >= ONE_REFUSAL:
            self._slowed_to = max(SLOWEST, self.share(now) * HALF)
            self._slowed_at = now

    def share(self, now: float) -> float:
        """Return which part of its speed the line has."""
        return min(1.0, self._slowed_to + max(0.0, now - max(self._slowed_at, self._closed_until)) / RECOVERY)

    def place(self, ticket: Ticket) -> int:
        """Return how many are served up to this one, 1 if it is next; 0 if it does not wait."""
        if ticket in self._returning:
            return self._returning.index(ticket) + 1
        if ticket not in self._people.get(ticket.person, ()):
            return 0
        rounds = self._people[ticket.person].index(ticket)
        people = list(self._people)
        mine = people.index(ticket.person)
        before = (
            min(len(self._people[one]), rounds + (n < mine)) for n, one in enumerate(people) if n != mine
        )
        return len(self._returning) + rounds + sum(before) + 1

    def wait(self, ticket: Ticket, now: float) -> float:
        """Return about how many seconds a ticket has to wait: as if everybody before it asked for as much."""
        each = [window.seconds / window.most for window in self._requests[:1]]
        each += [window.seconds / window.most * ticket.tokens for window in self._tokens[:1]]
        behind = max(self.place(ticket) - 1, 0)
        return self.ready_at(now) - now + behind * max(each, default=0.0) / self.share(now)
