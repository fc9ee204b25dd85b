"""Discord's REST routes, by area; each module lists its routes and how a request becomes one act."""
