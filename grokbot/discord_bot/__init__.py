"""The only room that uses discord.py. Events and commands in, paced edits out."""
