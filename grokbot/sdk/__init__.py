"""A client of `api`, with the seeds' classes. Imports only `wire`."""
