"""The second engine: DuckDB over the loaded sources, with nothing else in reach."""

import datetime
import decimal
import json
import threading
import unicodedata
from typing import Any

import duckdb
import pyarrow as pa

from executor.toolkit.errors import ToolkitError
from executor.toolkit.loading import Table
from executor.toolkit.profiling import is_day_only

MEMORY_LIMIT = "512MB"
THREADS = 2
DEADLINE_SECONDS = 30.0


class QueryError(ToolkitError):
    """A query cannot be run or does not return one value; the message says why."""


class Sandbox:
    """An in-memory database that holds one table.

    No file or network access, no extension, settings locked, memory and time bounded.

    Attributes:
        table: the source's table as SQL sees it.
    """

    def __init__(self, table: Table) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "enable_external_access": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "python_enable_replacements": "false",
                "memory_limit": MEMORY_LIMIT,
                "threads": str(THREADS),
                "temp_directory": "",
            },
        )
        self.table = _arrow(table)
        self._connection.register(table.name, self.table)
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Free the database."""
        self._connection.close()

    def replace(self, name: str, table: pa.Table) -> None:
        """Put another table in the place of the one of that name."""
        self._connection.abort()
        self._connection.register(name, table)

    def value(self, query: str) -> Any:
        """Run a SELECT and return its one value as a number, text or None.

        Raises:
            QueryError: it fails, takes too long, or returns another shape than one value.
        """
        row = self.row(query)
        if len(row) != 1:
            raise QueryError(f"the query returns {len(row)} columns instead of one value")
        return row[0]

    def row(self, query: str) -> list[Any]:
        """Run a SELECT and return its one row as numbers, texts or None.

        Raises:
            QueryError: it fails, takes too long, or returns another number of rows.
        """
        timer = threading.Timer(DEADLINE_SECONDS, self._connection.interrupt)
        timer.start()
        try:
            rows = self._connection.execute(query).fetchmany(2)
        except duckdb.InterruptException as error:
            raise QueryError(f"the query took longer than {DEADLINE_SECONDS:.0f} s") from error
        except duckdb.Error as error:
            cause = " ".join(str(error).split("LINE 1")[0].split())[:240]
            raise QueryError(f"the query fails: {cause}") from error
        finally:
            timer.cancel()
        if len(rows) != 1:
            found = "no row" if not rows else "more than one row"
            raise QueryError(f"the query returns {found} instead of one value")
        return [_plain(value) for value in rows[0]]

    def tree(self, query: str) -> dict[str, Any]:
        """Return DuckDB's own parse of a SELECT as JSON data.

        Raises:
            QueryError: the parser cannot express it.
        """
        found = self._connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
        document = json.loads(found[0]) if found else {}
        if document.get("error") or len(document.get("statements", [])) != 1:
            raise QueryError("the query is not one SELECT")
        node: dict[str, Any] = document["statements"][0]["node"]
        return node

    def sql(self, node: dict[str, Any]) -> str:
        """Return the SQL text of a parsed SELECT."""
        document = {"error": False, "statements": [{"node": node, "named_param_map": []}]}
        found = self._connection.execute(
            "SELECT json_deserialize_sql(?::JSON)", [json.dumps(document)]
        ).fetchone()
        return str(found[0]) if found else ""


def _arrow(table: Table) -> pa.Table:
    """Give the table the types that SQL expects: days as DATE, times as TIMESTAMP."""
    arrow = pa.Table.from_pandas(table.frame, preserve_index=False)
    for position, name in enumerate(arrow.column_names):
        column = arrow.column(position)
        if pa.types.is_timestamp(column.type) and is_day_only(table.frame[name]):
            arrow = arrow.set_column(position, name, column.cast(pa.date32()))
    return arrow


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, int | float):
        return value
    raise QueryError(f"the query returns a {type(value).__name__} instead of one value")
