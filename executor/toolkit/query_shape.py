"""What a query's parse tells: whether it reads the source, and which rows it uses."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Parser(Protocol):
    """Turns SQL into a parse tree and back."""

    def tree(self, query: str) -> dict[str, Any]:
        """Return the parse of a SELECT."""

    def sql(self, node: dict[str, Any]) -> str:
        """Return the text of a parse."""


# Constructs through which an aggregate uses other rows than the WHERE clause says.
_OTHER_ROWS = {"CASE", "CASE_EXPR", "SUBQUERY", "WINDOW", "WINDOW_AGGREGATE"}


def reads_source(tree: dict[str, Any], table: str) -> bool:
    """Tell whether the query takes rows from the table and uses a column or counts them.

    ``SELECT 42`` returns a value but proves nothing about the data.
    """
    nodes = list(_walk(tree))
    reads = any(
        node.get("type") == "BASE_TABLE"
        and str(node.get("table_name", "")).casefold() == table.casefold()
        for node in nodes
    )
    uses = any(
        node.get("class") in ("COLUMN_REF", "STAR")
        or str(node.get("function_name", "")).startswith("count")
        for node in nodes
    )
    return reads and uses


def picks_a_number(tree: dict[str, Any]) -> bool:
    """Tell whether the result is one of several numbers that are written in the query.

    ``CASE WHEN ... THEN 5 ELSE 6 END`` depends on the data and takes its value from the query.
    """
    results = tree.get("select_list") or [{}]
    case = results[0]
    if case.get("class") != "CASE":
        return False
    branches = [check.get("then_expr", {}) for check in case.get("case_checks", [])]
    return all(_is_written_number(part) for part in [*branches, case.get("else_expr") or {}])


def _is_written_number(branch: dict[str, Any]) -> bool:
    """Whether a branch is a number or NULL that nothing of the source takes part in."""
    nodes = list(_walk(branch))
    return not (
        any((node.get("literal") or {}).get("kind") == "STRING" for node in nodes)
        or any(node.get("class") in ("COLUMN_REF", "STAR", "SUBQUERY") for node in nodes)
        or any(str(node.get("function_name", "")).startswith("count") for node in nodes)
    )


def count_query(parser: Parser, tree: dict[str, Any], columns: Sequence[str]) -> str | None:
    """Return a query that counts the rows which a plain aggregate uses.

    Its first column counts all of them, each further one those where one of `columns` has a value.

    Args:
        parser: the engine's parser.
        tree: parse of the aggregate query.
        columns: columns of the table.

    Returns:
        None when the query is no plain aggregate over one table (grouping, CASE, FILTER, windows,
        subqueries, LIMIT), because its rows cannot be told then.
    """
    if not _plain_aggregate(tree):
        return None
    quoted = ['"' + column.replace('"', '""') + '"' for column in columns]
    counts = ", ".join(f"count({counted})" for counted in ["*", *quoted])
    counting = parser.tree(f"SELECT {counts} FROM x")  # noqa: S608 - quoted above
    return parser.sql({**tree, "select_list": counting["select_list"]})


def _plain_aggregate(tree: dict[str, Any]) -> bool:
    if tree.get("type") != "SELECT_NODE" or tree.get("modifiers"):
        return False
    if tree.get("cte_map", {}).get("map") or tree.get("from_table", {}).get("type") != "BASE_TABLE":
        return False
    if tree.get("group_expressions") or tree.get("having") or tree.get("qualify"):
        return False
    nodes = list(_walk(tree.get("select_list")))
    if any(node.get("type") in _OTHER_ROWS or node.get("filter") for node in nodes):
        return False
    return any(node.get("class") == "FUNCTION" for node in nodes)


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)
