"""A loopback Discord and a loopback Grok, so that everything runs without accounts or network."""
