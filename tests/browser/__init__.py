"""The page as people meet it: a real browser, the bot as a process, and the loopback model."""
