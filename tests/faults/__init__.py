"""The fault harness: a crowd talks to the real daemon, a process of its own, while everything around it fails.

`python -m tests.faults --help` runs the long form; the tests here are the short one. What is asked and what is shown is
counted from the sandbox's own books; nothing of the daemon's code is used for that.
"""
