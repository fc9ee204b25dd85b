"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How long a case takes is the machine's business, not a test's.
settings.register_profile("grokbot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("grokbot")
