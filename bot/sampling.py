"""What the provider takes of the two numbers that say how freely a model chooses its words."""

from __future__ import annotations

HOTTEST = 2.0
"""The temperature from which on the provider refuses."""


def is_temperature(value: float) -> bool:
    """Tell whether the provider takes this temperature."""
    return 0 <= value < HOTTEST


def is_top_p(value: float) -> bool:
    """Tell whether the provider takes this share of likely words to choose from."""
    return 0 < value <= 1
