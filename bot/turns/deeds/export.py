"""A person's record as a file: Markdown to read, or JSON for programs (docs/data.md tells its form)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot import clock
from bot.turns.deeds.history import entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.roles import Role
    from bot.store import Answered

FORM, VERSION = "qwen-chat-bot-export", 1
MILLION = 1_000_000


def as_markdown(
    answers: Sequence[Answered],
    summaries: Mapping[tuple[int, int], str],
    title: str,
    label: str,
    now: float,
) -> bytes:
    """Return the record to be read, conversation by conversation; `label` stands over a summary."""
    parts = [f"# {title}", f"{clock.written(now)} UTC"]
    for found in _conversations(answers):
        parts.append(
            f"## {clock.written(found[0].at)} · {found[0].platform} {found[0].chat} {found[0].thread}".rstrip()
        )
        if summary := summaries.get(found[0].conversation):
            parts.append(f"**{label}**\n\n{summary}")
        parts += [entry(one) for one in found]
    return ("\n\n".join(parts) + "\n").encode()


def as_json(
    answers: Sequence[Answered],
    summaries: Mapping[tuple[int, int], str],
    person: str,
    roles: Sequence[Role],
    now: float,
) -> bytes:
    """Return the record for programs."""
    conversations = [
        _conversation(found, summaries.get(found[0].conversation)) for found in _conversations(answers)
    ]
    whole = {
        "form": FORM,
        "version": VERSION,
        "exported_at": _iso(now),
        "person": person,
        "conversations": conversations,
        "roles": [_role(role) for role in roles],
    }
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _conversations(answers: Sequence[Answered]) -> list[list[Answered]]:
    """Return the answers of each conversation, in the order in which they began."""
    found: dict[tuple[int, int], list[Answered]] = {}
    for one in answers:
        found.setdefault(one.conversation, []).append(one)
    return list(found.values())


def _conversation(answers: list[Answered], summary: str | None) -> dict[str, Any]:
    first = answers[0]
    return {
        "platform": first.platform,
        "chat": first.chat,
        "thread": first.thread,
        "started_at": _iso(first.at),
        "summary": summary,
        "entries": [_entry(one) for one in answers],
    }


def _entry(one: Answered) -> dict[str, Any]:
    usage = {name: getattr(one, name) for name in ("prompt", "cached", "completion", "reasoning")}
    cost = None if one.cost is None else {"amount": one.cost / MILLION, "currency": one.currency}
    return {
        "at": _iso(one.at),
        "question": one.question,
        "answer": one.answer,
        "model": one.model,
        "role": one.role,
        "finish": one.finish,
        "rating": one.rating,
        "tokens": usage,
        "cost": cost,
    }


def _role(role: Role) -> dict[str, Any]:
    fields = ("name", "description", "prompt", "model", "temperature", "top_p", "max_tokens")
    return {name: getattr(role, name) for name in fields}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
