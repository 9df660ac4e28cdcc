"""From stored events to a finished answer."""
