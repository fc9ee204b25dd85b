"""What people and programs can do with a conversation: ask, resample, stop. Owns the running answers."""
