"""From a growing answer to the screen."""
