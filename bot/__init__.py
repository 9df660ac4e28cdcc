"""The conversation core: from what a person said to an answer on the screen. It names no platform."""
