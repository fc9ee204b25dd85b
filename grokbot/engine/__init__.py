"""What can be done with a conversation: ask, resample, stop. Owns the running answers."""
