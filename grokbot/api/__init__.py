"""The only gRPC server: the seeds' two services on top of the engine."""
