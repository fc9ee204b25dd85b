"""The only gRPC server: the seeds' two services, and one of our own, on top of the engine."""
