"""The only discord.py. Events and commands in, paced edits out."""
