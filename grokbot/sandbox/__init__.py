"""A loopback Discord and a loopback Grok, so that everything runs with no account and no network."""
