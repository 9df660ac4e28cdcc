"""A stretch of time in which Slack may not have been heard, and how politely to ask about it. Pure: no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

Place = tuple[str, str]
"""A channel and a thread in it; without a thread, what stands in the channel itself."""


@dataclass(slots=True, eq=False)
class Gap:
    """What was written since a moment has to be asked for, place by place."""

    since: float | None
    """By Slack's clock; None while it is not known how far was heard."""
    places: list[Place] = field(default_factory=list[Place])
    """Still to be asked about, in this order."""
    filled: set[Place] = field(default_factory=set[Place])
    listed: bool = False
    """Whether all places are known."""
    found: int = 0
    troubled: bool = False
    """Whether the last question came to nothing: until one is answered, no message waits for what was missed."""

    def again(self, since: float | None) -> Gap:
        """Return the gap that is left if Slack was not heard once more: filled places are not so any longer."""
        return Gap(since if self.since is None else self.since, list(self.places), found=self.found)

    def add(self, *places: Place) -> None:
        """Ask about these, too, after those that are known."""
        known = {*self.places, *self.filled}
        self.places += [place for place in dict.fromkeys(places) if place not in known]

    def prefer(self, place: Place) -> None:
        """Ask about this one next."""
        self.places = [place, *(other for other in self.places if other != place)]

    def postpone(self, place: Place) -> None:
        """Ask about this one last."""
        if place in self.places:
            self.places = [*(other for other in self.places if other != place), place]

    def fill(self, place: Place) -> None:
        """Take note that nothing is missed there any more."""
        self.filled.add(place)
        self.places = [other for other in self.places if other != place]


class Rhythm:
    """When the next question may be asked: one each `every` seconds, for whoever waits up to `urgent` at once.

    Moments are on one monotonic clock, in seconds.
    """

    def __init__(self, every: float, urgent: int) -> None:
        self._every = every
        self._urgent = urgent
        self._due = 0.0
        self._rests_until = 0.0

    def delay(self, now: float, *, urgent: bool = False) -> float:
        """Return the seconds until a question may be asked."""
        due = self._due - (self._urgent - 1) * self._every if urgent else self._due
        return max(0.0, due - now, self._rests_until - now)

    def spent(self, now: float) -> None:
        """Note that a question was asked."""
        self._due = max(self._due, now) + self._every

    def rest(self, now: float, seconds: float) -> None:
        """Ask nothing for so long."""
        self._rests_until = max(self._rests_until, now + seconds)
