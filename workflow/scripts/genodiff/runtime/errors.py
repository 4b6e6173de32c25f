"""The exception that a user sees as a message instead of a traceback."""


class InputError(Exception):
    """An error in the user's files or settings; the message states problem, place and remedy."""
