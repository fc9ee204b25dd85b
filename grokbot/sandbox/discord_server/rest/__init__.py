"""Discord's REST routes, by area; each module lists its routes and turns requests into actions."""
