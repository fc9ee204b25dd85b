"""What can be done in the loopback Discord, by the bot through REST and by people alike: checks, change, news."""
