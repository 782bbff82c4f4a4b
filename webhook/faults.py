"""Where an error came from, for the log: its text may quote a customer or a request, so only class and place are logged. Pure."""


def place_of(error: BaseException) -> str:
    """Return the file and the line in which an error was raised, "<path>:<line>"."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "unknown"
