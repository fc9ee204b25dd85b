"""Pure: what a conversation is. No clock, no I/O, no library that does either.

`response` the nodes of the forest, `forest` what follows from a path, `history` a path turned into what is sent,
`draft` a stream folded into an answer, `errors` who can mend what.
"""
