"""The table of the runtime's variables in docs/contracts.md, generated from the settings.

``python -m agent_runtime.contract_table`` rewrites it, so that the page cannot tell another story
than the model.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from agent_runtime.environment import VariableSpec, spec_of
from agent_runtime.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "contracts.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_BOUNDS = {"Gt": ("gt", "above"), "Ge": ("ge", "at least"), "Le": ("le", "at most")}


def _condition(condition: Mapping[str, str]) -> str:
    return " and ".join(f"`{name}={value}`" for name, value in condition.items())


def _default(spec: VariableSpec) -> str:
    if spec.required_when:
        return "required with " + " or with ".join(map(_condition, spec.required_when))
    return "unset" if spec.default is None else f"`{spec.default}`"


def _is_a(kind: type, annotation: Any) -> bool:
    return annotation is kind or any(_is_a(kind, part) for part in get_args(annotation))


def _allowed(field: FieldInfo, spec: VariableSpec) -> str:
    if spec.choices:
        return ", ".join(f"`{choice}`" for choice in spec.choices)
    if spec.is_url:
        return "a URL with its scheme"
    rules = {type(rule).__name__: rule for rule in field.metadata}
    parts = ["a whole number"] if _is_a(int, field.annotation) else []
    parts += [
        f"{words} {getattr(rules[name], attribute)}"
        for name, (attribute, words) in _BOUNDS.items()
        if name in rules
    ]
    patterns = [pattern for rule in field.metadata if (pattern := getattr(rule, "pattern", None))]
    return ", ".join(parts + [f"`{pattern}`" for pattern in patterns])


def contract_table() -> str:
    """The Markdown table of every variable that the runtime reads."""
    lines = ["| variable | meaning | default | allowed |", "|---|---|---|---|"]
    for field in Settings.model_fields.values():
        spec = spec_of(field)
        cells = [f"`{spec.name}`", spec.description, _default(spec), _allowed(field, spec)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def rewritten(page: str) -> str:
    """The page with the part between the two marks replaced by the table.

    Raises:
        ValueError: the marks are missing.
    """
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends:
        raise ValueError(f"no part between {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{contract_table()}\n{END}{after}"


def main() -> None:
    """Rewrite the table."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
