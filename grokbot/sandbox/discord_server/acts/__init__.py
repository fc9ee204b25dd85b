"""Actions in the loopback Discord, by the bot through REST or by people: checks, change, event."""
