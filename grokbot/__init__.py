"""grokbot: people talk to xAI's Grok in Discord. See README.md for the map of the rooms."""
