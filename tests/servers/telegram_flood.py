"""Telegram's flood limits, as far as they are known. Pure: `now` is an argument."""

from __future__ import annotations

from collections import deque

GRACE = 0.1
"""Seconds after a refusal in which another call may still have been under way: refused, but nobody's fault."""


class Bucket:
    """At most `burst` at once, one more every `every` seconds."""

    def __init__(self, every: float, burst: float) -> None:
        self.every = every
        self.burst = burst
        self._level = burst
        self._at = 0.0

    def take(self, now: float) -> bool:
        self._level = min(self.burst, self._level + (now - self._at) / self.every)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Window:
    """At most `count` in any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self._times: deque[float] = deque()

    def take(self, now: float) -> bool:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        if len(self._times) >= self.count:
            return False
        self._times.append(now)
        return True


class Flood:
    """Sends and edits share these: 1 a second per chat with a small burst, 20 a minute per group, 30 a second.

    `limits` False: only the silence that a scripted refusal asked for is watched.
    """

    def __init__(self, *, limits: bool, penalty: int = 3) -> None:
        self.limits = limits
        self.penalty = penalty
        self._chats: dict[int, Bucket] = {}
        self._drafts: dict[int, Bucket] = {}
        self._groups: dict[int, Window] = {}
        # Both at once: what a busy machine bunches up in a quarter of a second is not the bot's haste.
        self._all = (Window(30, 0.75), Window(300, 10.0))
        self._resting: dict[str, tuple[float, float]] = {}

    def rest(self, scope: str, now: float, seconds: float) -> None:
        """From now on, the scope may not be used for so long."""
        self._resting[scope] = (now, now + seconds)

    def resting(self, scope: str, now: float) -> tuple[float, bool]:
        """Return the seconds left to rest, and whether a call now breaks the silence knowingly."""
        since, until = self._resting.get(scope, (0.0, 0.0))
        return max(0.0, until - now), until > now > since + GRACE

    def forget(self) -> None:
        """Hold nothing against a bot that was started anew, but for what it was told in a chat: that it can know of."""
        self._resting = {scope: rest for scope, rest in self._resting.items() if ":" in scope}

    def drafted(self, chat_id: int, now: float) -> str:
        """Spend one draft; no rate is published, so the pace that is known to be left alone is enforced."""
        if not self.limits or self._drafts.setdefault(chat_id, Bucket(0.5, 3)).take(now):
            return ""
        return "more than two drafts a second in a chat"

    def exceeded(self, chat_id: int, now: float) -> str:
        """Spend one write; return which limit it breaks, or an empty string."""
        if not self.limits:
            return ""
        if not all(window.take(now) for window in self._all):
            return "more than 30 writes in a second"
        if chat_id < 0 and not self._groups.setdefault(chat_id, Window(20, 60.0)).take(now):
            return "more than 20 writes in a minute to a group"
        if not self._chats.setdefault(chat_id, Bucket(1.0, 3)).take(now):
            return "more than one write a second to a chat"
        return ""
