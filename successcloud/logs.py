"""What opens a door is written into no log: the part of an address after `/share/` or a like word."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

SECRET: Final = re.compile(
    r"((?:/|%2F)(?:share|invitation|confirm-address|reset(?:/|%2F)key)(?:/|%2F))[^\s\"'<>]+",
    re.IGNORECASE,
)


def blotted(text: str) -> str:
    """A text in which no address of a customer's page can be read."""
    return SECRET.sub(r"\1…", text)


class BlottedRecord(logging.LogRecord):
    """A log record that never holds the address of a customer's page, in its tracebacks neither."""

    def getMessage(self) -> str:  # the name that logging knows
        """The message, without secrets."""
        return blotted(super().getMessage())

    def __setattr__(self, name: str, value: Any) -> None:
        # Formatters write the traceback here, and what they write is what is logged.
        if name in ("exc_text", "stack_info") and isinstance(value, str):
            value = blotted(value)
        super().__setattr__(name, value)


def blot_everywhere() -> None:
    """Make every logger of this process write such records, those of web servers too."""
    logging.setLogRecordFactory(BlottedRecord)
