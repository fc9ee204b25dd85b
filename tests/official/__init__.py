"""The tests of xAI's own SDK, run against the sandbox's Grok: `just official CHECKOUT`.

Their code is not ours and not here: a checkout of it is named. Not here: our own tests with the SDK
(`tests.sandbox.grok_server.official_client`).
"""
