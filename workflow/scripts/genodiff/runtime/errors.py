"""The one exception that is shown to a user as a message instead of a traceback."""


class InputError(Exception):
    """Something in the user's files or settings is wrong; the message says what, where and the cure."""
