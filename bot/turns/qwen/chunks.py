"""From the bytes of a streamed completion to deltas; no I/O.

Decodes only the fields we use: the SDK builds a tree of models for every chunk, which costs ten times as
much. An answer is complete if and only if a finish reason was seen; a `[DONE]` or a proper end of the body
proves nothing, because proxies send both after a failure.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from bot.model import Delta, Finish, Finished, Text, Thought, Usage
from bot.turns.qwen.refusals import FAILING, UNUSABLE, Refusal, from_stream
from bot.turns.qwen.sse import Events

MOST_CHUNKS = 200_000
MOST_BYTES = 256 * 2**20
"""Far above the longest answer a model gives, far below what would fill the memory of a small machine."""

MOST_OF_A_PAGE = 64 * 1024
"""How much is kept of a body that is no stream; error bodies have a few hundred bytes."""
_OPENINGS = (b"{", b"[", b"<")
_BLANK = b"\xef\xbb\xbf \t\r\n"

CUT = Refusal(meaning=FAILING, code="cut")
GARBLED = Refusal(meaning=UNUSABLE, code="garbled")
TOO_MUCH = Refusal(meaning=UNUSABLE, code="too much")

_FINISHES = {"length": Finish.LENGTH, "content_filter": Finish.FILTERED}
# DashScope's own API says "null" in words where the answer goes on; some proxies leave it empty.
_UNFINISHED = frozenset({None, "", "null"})

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    # Read at the end and forgivingly: an odd count must not break an answer.
    usage: object = None
    error: object = None


class _Prompt(msgspec.Struct):
    cached_tokens: _Count | None = None


class _Completion(msgspec.Struct):
    reasoning_tokens: _Count | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: _Count | None = None
    completion_tokens: _Count | None = None
    prompt_tokens_details: _Prompt | None = None
    completion_tokens_details: _Completion | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class _Trouble(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Chunks:
    """Reads one streamed completion. Feed it the body, then its end, until it is `over` or in `trouble`.

    Once the answer is complete, whatever else goes wrong is no trouble any more.
    """

    def __init__(self) -> None:
        self._events = Events()
        self._bytes = 0
        self._opened = False
        self._page: bytearray | None = None
        self._finish: Finish | None = None
        self._counts: object = None
        self.heard = 0
        """Chunks so far. Comments, which keep a dead answer's connection alive, are none."""
        self.done = False
        """The provider said `[DONE]`."""
        self.over = False
        """A complete answer has nothing more to give."""
        self.trouble: Refusal | None = None
        """Why an incomplete answer cannot go on; the deltas returned before are good."""

    @property
    def complete(self) -> bool:
        return self._finish is not None

    def feed(self, piece: bytes) -> list[Delta]:
        """Return what this piece of the body adds to the answer."""
        deltas: list[Delta] = []
        if self.trouble is not None:
            return deltas
        try:
            self._count(piece)
            if self._is_page(piece):
                return deltas
            for data in self._events.feed(piece):
                self._take(data, deltas)
        except _Trouble as trouble:
            self._stop(trouble.refusal)
        except (ValueError, RecursionError):
            # Overlong lines, JSON or UTF-8 that is none, fields of the wrong kind, nesting without end.
            self._stop(GARBLED)
        return deltas

    def end(self) -> None:
        """Note the end of the body."""
        self._stop(CUT if self._page is None else from_stream(bytes(self._page)) or GARBLED)

    def ending(self) -> list[Delta]:
        """Return how a complete answer ends: what it used, where that is known, and why it ended."""
        if self._finish is None:
            return []
        usage = _usage(self._counts)
        return [Finished(self._finish)] if usage is None else [usage, Finished(self._finish)]

    def _stop(self, refusal: Refusal) -> None:
        if self._finish is not None:
            self.over = True
        elif self.trouble is None:
            self.trouble = refusal

    def _count(self, piece: bytes) -> None:
        self._bytes += len(piece)
        if self._bytes > MOST_BYTES or self.heard > MOST_CHUNKS:
            raise _Trouble(TOO_MUCH)

    def _is_page(self, piece: bytes) -> bool:
        """Keep aside what is no event stream, whatever its label says: no line of one begins like JSON or HTML."""
        if not self._opened:
            opening = piece.lstrip(_BLANK)
            self._opened = bool(opening)
            self._page = bytearray() if opening.startswith(_OPENINGS) else None
        if self._page is None:
            return False
        self._page += piece
        if len(self._page) > MOST_OF_A_PAGE:
            raise _Trouble(GARBLED)
        return True

    def _take(self, data: bytes, deltas: list[Delta]) -> None:
        if self.done:
            return
        if data == b"[DONE]":
            self.done = True
            if self._finish is None:
                raise _Trouble(CUT)
            return
        self.heard += 1
        chunk = _decode(data)
        if chunk.error is not None or (chunk.choices is None and chunk.usage is None):
            raise _Trouble(from_stream(data) or GARBLED)
        # The usage chunk has no choices, and some proxies open with an empty one.
        if chunk.choices:
            self._read(chunk.choices[0], deltas)
        if chunk.usage is not None:
            self._counts = chunk.usage

    def _read(self, choice: _Choice, deltas: list[Delta]) -> None:
        finished = choice.finish_reason not in _UNFINISHED
        if (delta := choice.delta) is not None:
            if delta.reasoning_content:
                deltas.append(Thought(delta.reasoning_content))
            if delta.content:
                deltas.append(Text(delta.content))
        elif not finished:
            raise _Trouble(GARBLED)
        if finished:
            self._finish = _FINISHES.get(choice.finish_reason or "", Finish.STOP)


def _usage(counts: object) -> Usage | None:
    """Return the counts that are known; None if there are none or they cannot be read."""
    try:
        known = msgspec.convert(counts, _Usage)
    except msgspec.ValidationError:
        return None
    prompt, completion = known.prompt_tokens_details, known.completion_tokens_details
    return Usage(
        prompt=known.prompt_tokens,
        cached=None if prompt is None else prompt.cached_tokens,
        completion=known.completion_tokens,
        reasoning=None if completion is None else completion.reasoning_tokens,
    )
