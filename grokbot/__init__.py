"""grokbot: people talk to xAI's Grok in Discord. docs/architecture.md has the map of the rooms."""
