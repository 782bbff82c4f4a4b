"""Logging with loguru, records of the standard library included.

At normal levels the log contains no message texts, and phone numbers are masked. A repeated warning is written once
and then counted.
"""

import logging
import sys

from loguru import logger

from session.log_lines import LogLines


def start_logging(*, level: str, as_json: bool) -> None:
    """Send all records of this process to standard error, as text or as JSON. Replaces earlier sinks."""
    logger.remove()
    # We format the lines ourselves, because loguru's own JSON is a large nested record.
    logger.add(LogLines(sys.stderr, as_json=as_json), level=level, format="", backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_ToLoguru()], level=level if level != "TRACE" else "DEBUG", force=True)
    # One line for each request or task would hide the rest.
    for name in (
        "httpx",
        "httpcore",
        "celery.app.trace",
        "celery.beat",
        "celery.worker.strategy",
        "_granian",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


class _ToLoguru(logging.Handler):
    """Passes records of the standard library on to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        level: str | int = (
            record.levelname if record.levelname in logging.getLevelNamesMapping() else record.levelno
        )
        frame, depth = logging.currentframe(), 2
        while frame and frame.f_code.co_filename == logging.__file__ and frame.f_back:
            frame, depth = frame.f_back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(level, "{}", record.getMessage())
