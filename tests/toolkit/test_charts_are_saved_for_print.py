"""Charts: PNG and SVG, Korean text in any place, separators, an entry with the caption."""

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
