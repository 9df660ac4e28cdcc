"""What nobody can see is taken out of answers by the same rule as out of questions."""

from __future__ import annotations

from bot.unseen import visible

__all__ = ["visible"]
