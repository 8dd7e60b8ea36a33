"""The configuration reference: the table in docs/configuration.md and the keys of Pulumi.yaml.

Both are generated from `StackConfig`, so that neither can tell another story than the model:
``python -m stack.reference`` rewrites them.
"""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from stack.loading import PROJECT, engine_type, keys

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def default_of(field: FieldInfo) -> Any:
    """The default as Pulumi.yaml writes it; nothing is an empty text or object."""
    value = field.default
    if value is None:
        return "" if engine_type(field.annotation) == "string" else {}
    return list(value) if isinstance(value, tuple) else value


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _allowed(field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    limits = {type(m).__name__: m for m in field.metadata}
    if "Ge" in limits and "Le" in limits:
        return f"{limits['Ge'].ge} to {limits['Le'].le}"
    return ""


def _cost(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra["cost"]) if isinstance(extra, dict) else ""


def configuration_table() -> str:
    """The Markdown table of all keys."""
    lines = [
        "| key | type | default | allowed | meaning | cost |",
        "|---|---|---|---|---|---|",
    ]
    for key, field in keys().items():
        default = json.dumps(default_of(field), ensure_ascii=False)
        cells = [
            f"`{key}`",
            engine_type(field.annotation),
            f"`{default}`",
            _allowed(field),
            field.description or "",
            _cost(field),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def project_keys() -> str:
    """The keys of Pulumi.yaml's config section, as YAML."""
    lines = []
    for key, field in keys().items():
        kind = engine_type(field.annotation)
        lines.append(f"  {PROJECT}:{key}:")
        lines.append(f"    type: {kind}")
        if kind == "array":
            lines += ["    items:", "      type: string"]
        lines.append(f"    description: {json.dumps(field.description, ensure_ascii=False)}")
        lines.append(f"    default: {json.dumps(default_of(field), ensure_ascii=False)}")
    return "\n".join(lines)


def generated(path: Path, begin: str, end: str, content: str) -> str:
    """The text of a file with its generated part, which lies between two marks, replaced.

    Raises:
        ValueError: the marks are missing.
    """
    text = path.read_text(encoding="utf-8")
    before, found, rest = text.partition(f"{begin}\n")
    _, closed, after = rest.partition(f"{end}")
    if not found or not closed:
        raise ValueError(f"{path} has no part between {begin!r} and {end!r}")
    return f"{before}{begin}\n{content}\n{end}{after}"


def rewritten() -> dict[Path, str]:
    """Each file with generated parts, as it must be."""
    reference, project = ROOT / "docs" / "configuration.md", ROOT / "Pulumi.yaml"
    return {
        reference: generated(reference, BEGIN, END, configuration_table()),
        project: generated(project, "  # generated: begin", "  # generated: end", project_keys()),
    }


def main() -> None:
    """Rewrite the generated parts."""
    for path, text in rewritten().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
