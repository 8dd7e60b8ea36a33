"""Charts: PNG and SVG, Korean text in any place, separators, an entry with the caption."""

import itertools
import json
import warnings
from pathlib import Path

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from PIL import Image

from executor import toolkit
from executor.toolkit.fonts import font_folder


def _figure() -> Figure:
    figure, axes = pyplot.subplots()
    axes.bar(["서울", "부산"], [-1_500_000, 2_000_000], label="금액")
    axes.set_title("지역별 금액")
    axes.legend()
    return figure


def test_a_chart_is_saved_twice_with_its_caption(workspace: Path) -> None:
    toolkit.save_chart(_figure(), id="by_region", caption="지역별  금액", calculations=["total"])

    entry = json.loads(Path("artifacts/charts.json").read_text())["charts"]
    assert entry == [
        {
            "id": "by_region",
            "caption": "지역별 금액",
            "png": "charts/by_region.png",
            "svg": "charts/by_region.svg",
            "calculations": ["total"],
        }
    ]
    with Image.open("artifacts/charts/by_region.png") as picture:
        assert picture.width >= 1_200


def test_korean_text_and_minus_signs_have_glyphs_without_any_preparation(workspace: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        toolkit.save_chart(_figure(), id="a", caption="c")


def test_the_svg_needs_no_font(workspace: Path) -> None:
    toolkit.save_chart(_figure(), id="a", caption="c")

    assert "<text" not in Path("artifacts/charts/a.svg").read_text()


def test_large_numbers_on_an_axis_have_separators_and_years_do_not(workspace: Path) -> None:
    figure, (amounts, years) = pyplot.subplots(1, 2)
    amounts.plot([0, 1], [0, 2_000_000])
    years.plot([2019, 2024], [0, 1])
    toolkit.save_chart(figure, id="a", caption="c")

    assert "1,000,000" in [label.get_text() for label in amounts.get_yticklabels()]
    assert not any("," in label.get_text() for label in years.get_xticklabels())


def test_long_labels_of_a_horizontal_axis_do_not_touch(workspace: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7.2, 2))
    axes.barh(["보조배터리 20000mAh 대용량", "b"], [561_024_345, 777_993_110])
    toolkit.save_chart(figure, id="a", caption="c")

    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_a_character_without_a_glyph_is_shown_by_its_number(workspace: Path) -> None:
    figure, axes = pyplot.subplots()
    axes.barh(["뇌 \U0001f9e0", "→ ⅓ 株"], [1, 2], label="\U00020bb7")
    axes.set_title("\U0001f9e0")
    axes.legend()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        toolkit.save_chart(figure, id="a", caption="c")

    assert [label.get_text() for label in axes.get_yticklabels()] == ["뇌 [U+1F9E0]", "→ ⅓ 株"]
    assert axes.get_title() == "[U+1F9E0]"
    assert axes.get_legend().get_texts()[0].get_text() == "[U+20BB7]"


def test_the_same_id_again_replaces_the_chart(workspace: Path) -> None:
    toolkit.save_chart(_figure(), id="a", caption="first")
    toolkit.save_chart(_figure().axes[0], id="a", caption="second")

    entries = json.loads(Path("artifacts/charts.json").read_text())["charts"]
    assert [entry["caption"] for entry in entries] == ["second"]


@pytest.mark.parametrize(
    ("figure", "id", "caption"),
    [(None, "A b", "c"), (None, "../a", "c"), (None, "a", ""), ("x", "a", "c")],
)
def test_what_is_no_chart_is_refused(
    workspace: Path, figure: object, id: str, caption: str
) -> None:
    with pytest.raises(toolkit.errors.CalculationError):
        toolkit.save_chart(figure or _figure(), id=id, caption=caption)
    assert not Path("artifacts/charts.json").exists()


def test_the_font_comes_from_a_package_and_covers_korean() -> None:
    glyphs = FT2Font(str(font_folder() / "NanumGothic.ttf")).get_charmap()

    assert "site-packages" in font_folder().as_posix()
    assert {ord(char) for char in "가힣₩%-·–×"} <= set(glyphs)
