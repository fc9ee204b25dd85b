"""`python -m grokbot` is the command `grokbot`."""

from grokbot.cli import main

if __name__ == "__main__":
    main()
