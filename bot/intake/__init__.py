"""From what a person did to a stored event."""
