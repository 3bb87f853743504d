"""What can be wrong with a file. Every message is for the person who brought it."""


class UnusableFile(Exception):
    """The file as a whole cannot be read; nothing of it is used."""


class LeaseLost(Exception):
    """The upload was cancelled, or another worker has it. What was under way is not saved."""
