"""Power cuts: what the bot's store acknowledged must be there after one. `python -m tests.powercut` is the command.

A child process works with the real store while `recorder.c` writes down everything it does to its files (`recording`).
From that record the files are built as a cut at some moment may leave them (`disk`), opened by the real store, and
compared with what had been acknowledged by then (`facts`).

What is simulated: a disk that keeps what it was told to sync, and of the rest any sectors. Not simulated: disks that lie
about syncing, and file systems that forget the making or removing of a file.
"""
