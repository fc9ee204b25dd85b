"""Pure: what a conversation is. No clock, no I/O, no library that does either.

`response` the nodes of the forest, `forest` what follows from a path, `history` turns a path into a request, `draft`
folds a stream into an answer, `errors` who can fix what.
"""
