"""Errors of the toolkit. Every message is one sentence that names the input and the way out."""


class ToolkitError(Exception):
    """Base of every error that the toolkit raises on purpose."""


class DataError(ToolkitError):
    """A data file cannot be loaded: what, where in the file, and what to do about it."""


class CalculationError(ToolkitError):
    """A calculation or a chart cannot be recorded as given."""


class ReportError(ToolkitError):
    """A report's draft cannot be rendered: the message names the draft's line."""
