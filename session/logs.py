"""What goes into the log and how: loguru for everything, the standard library's records included.

Message texts never reach it at normal level; phone numbers only masked.
"""

import logging
import sys
from typing import TYPE_CHECKING

from loguru import logger

from session.masking import mask

if TYPE_CHECKING:
    from loguru import Record as LogRecord

__all__ = ["mask", "start_logging"]


def start_logging(*, level: str, as_json: bool) -> None:
    """Send all records of this process to standard error, as lines or as JSON. Replaces what was set before."""
    logger.remove()
    if as_json:
        logger.add(sys.stderr, level=level, serialize=True, backtrace=False, diagnose=False)
    else:
        logger.add(sys.stderr, level=level, format=_line, backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=level if level != "TRACE" else "DEBUG", force=True)
    # One line a request or a task would drown the rest.
    for name in (
        "httpx",
        "httpcore",
        "celery.app.trace",
        "celery.beat",
        "celery.worker.strategy",
        "_granian",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def _line(record: "LogRecord") -> str:
    # Values are named, not pasted: loguru would take their braces and brackets for its own.
    words = " ".join(f"{name}={{extra[{name}]}}" for name in record["extra"])
    return "{time:HH:mm:ss.SSS} {level: <7} {message}" + (f" | {words}" if words else "") + "\n{exception}"


class _ToLoguru(logging.Handler):
    """Hands records of the standard library on to loguru, with numbers masked."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        level: str | int = (
            record.levelname if record.levelname in logging.getLevelNamesMapping() else record.levelno
        )
        frame, depth = logging.currentframe(), 2
        while frame and frame.f_code.co_filename == logging.__file__ and frame.f_back:
            frame, depth = frame.f_back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(level, "{}", mask(record.getMessage()))
