"""Findings as an operator reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.findings import Finding

_ORDER = tuple(Severity)


def written(findings: Sequence[Finding]) -> str:
    """Return a line for each finding, its remedy below it, and a sum at the end."""
    lines = [_line(one) for one in findings]
    counts = {kind: sum(one.severity is kind for one in findings) for kind in _ORDER}
    total = ", ".join(f"{count} {kind.value}" for kind, count in counts.items() if count)
    return "".join(lines) + f"\n{total or 'nothing was checked'}\n"


def worst(findings: Sequence[Finding]) -> Severity:
    """Return the highest severity there is."""
    return max((one.severity for one in findings), key=_ORDER.index, default=Severity.FINE)


def _line(one: Finding) -> str:
    line = f"{one.severity.value:<9} {one.subject}: {one.text}\n"
    return line + (f"          → {one.remedy}\n" if one.remedy else "")
