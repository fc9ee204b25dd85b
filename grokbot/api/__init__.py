"""All gRPC servers are here: the two services of the prompt_ide SDK of 2024, and our own, on top of the engine."""
