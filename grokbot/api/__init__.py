"""The only gRPC server: the two services of the prompt_ide SDK of 2024, and one of our own, on top of the engine."""
