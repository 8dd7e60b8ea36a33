"""Turn columns of Python values (JSON, spreadsheets) or Arrow columns (Parquet) into series."""

import datetime
import decimal
import json
import math
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from executor.toolkit.inference import Inferred, infer


def series_from_values(name: str, values: list[Any]) -> Inferred:
    """Convert a column of Python values; mixed kinds fall back to the rules for texts."""
    kinds = {type(value) for value in values if value is not None and not _is_nan(value)}
    if kinds and kinds <= {bool}:
        missing = any(value is None for value in values)
        return Inferred(pd.Series(values, dtype="boolean" if missing else "bool"), [])
    if kinds and kinds <= {int, float, decimal.Decimal}:
        return Inferred(_numbers(values, kinds), [])
    if kinds and kinds <= {datetime.datetime, datetime.date}:
        stamps = pd.to_datetime(pd.Series(values, dtype="object"), errors="coerce", utc=False)
        if isinstance(stamps.dtype, pd.DatetimeTZDtype):
            stamps = stamps.dt.tz_convert("UTC").dt.tz_localize(None)
        return Inferred(stamps.astype("datetime64[us]"), [])
    texts = pa.array([_as_text(value) for value in values], pa.string())
    inferred = infer(name, texts)
    if kinds & {dict, list}:
        return Inferred(
            inferred.series, [*inferred.notes, f"column '{name}': nested values kept as JSON text"]
        )
    return inferred


def series_from_arrow(name: str, column: pa.ChunkedArray) -> Inferred:
    """Convert a typed Arrow column; only texts are interpreted."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return infer(name, column.cast(pa.string()))
    if pa.types.is_null(kind):
        return infer(name, column.cast(pa.string()))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Inferred(pd.Series(column.cast(pa.timestamp("us"), safe=False).to_pandas()), [])
    if pa.types.is_decimal(kind):
        return Inferred(
            pd.Series(column.cast(pa.float64()).to_pandas()),
            [f"column '{name}': decimals converted to floating point"],
        )
    if pa.types.is_boolean(kind) and column.null_count:
        return Inferred(pd.Series(pd.array(column.to_pylist(), dtype="boolean")), [])
    if pa.types.is_integer(kind) and column.null_count:
        largest = pc.max(pc.abs(column.cast(pa.float64()))).as_py() or 0
        if largest > 2**53:
            return Inferred(pd.Series(pd.array(column.to_pylist(), dtype="Int64")), [])
        return Inferred(pd.Series(column.cast(pa.float64()).to_pandas()), [])
    if pa.types.is_primitive(kind) and not pa.types.is_temporal(kind):
        return Inferred(pd.Series(column.to_pandas()), [])
    texts = pa.array([_as_text(value) for value in column.to_pylist()], pa.string())
    return Inferred(
        pd.Series(texts.to_pandas(), dtype="str"),
        [f"column '{name}': values of type {kind} kept as text"],
    )


def _numbers(values: list[Any], kinds: set[type]) -> "pd.Series":
    missing = any(value is None or _is_nan(value) for value in values)
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        largest = max(abs(value) for value in values if value is not None)
        if not missing:
            return pd.Series(values, dtype="int64")
        if largest > 2**53:
            return pd.Series(values, dtype="Int64")
    return pd.Series([math.nan if v is None else float(v) for v in values], dtype="float64")


def _as_text(value: object) -> str | None:
    if value is None or _is_nan(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
