"""Who may call, what is refused before a token is spent, and the record of every call.

Not here: the services (`chat`, `directory`, `media`), the texts of refusals (`failures`).
"""
