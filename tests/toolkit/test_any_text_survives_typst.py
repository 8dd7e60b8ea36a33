"""Text reaches the PDF as it is: no character of a draft is read as typst."""

import json

import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.toolkit.typst_markup import block, call, string


def _evaluated(expression: str) -> object:
    source = f"#metadata({expression})<x>".encode()
    return json.loads(typst.query(source, "<x>", field="value", one=True))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_its_literal(text: str) -> None:
    assert _evaluated(string(text)) == text


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.sampled_from('#"\\{}[]()$*_`@<>=-+/~;:.\n가a1 '), min_size=1), max_size=5)
)
def test_texts_side_by_side_never_run_into_each_other(texts: list[str]) -> None:
    compiled = typst.compile(f"#{block(*map(string, texts))}".encode(), format="pdf")

    assert compiled is not None
    assert _evaluated(call("str", string("a"))) == "a"
