"""A refusal is no mistake of ours: the log tells of it in one line, without a stack trace."""

import logging


class QuietRefusals(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == 403:
            record.exc_info = None
        return True
