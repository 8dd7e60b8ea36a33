"""The built report: PDF and DOCX read back, numbers compared with pandas."""

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path

import docx
import pandas as pd
import pypdfium2
import pytest
from matplotlib import pyplot

from executor import toolkit
from tests.pdf_text import pdf_text

_MOMENT = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
_DRAFT = """# 주문 분석

## 1. 요약

총액은 **{{total}}**이고 평균 단가는 {{mean|plain}}, 서울의 비중은 {{share}}입니다.
틀린 값 {{wrong}}.

- 가장 큰 지역: {{top}}
- 특수 문자 #set "따옴표" \\\\ $x$ @a <b

| 항목 | 값 |
|---|---|
| 총액 | {{total}} |

![](chart:by_region)
"""


@pytest.fixture
def recorded(orders: pd.DataFrame) -> pd.DataFrame:
    source = "data/주문.csv"
    amount = orders["금액"]
    share = amount[orders["지역"] == "서울"].sum() / amount.sum() * 100
    top = orders.groupby("지역")["금액"].sum().idxmax()
    for id, value, unit, query in (
        ("unused", len(orders), "건", 'SELECT count(*) FROM "주문"'),
        ("total", amount.sum(), "KRW", 'SELECT sum("금액") FROM "주문"'),
        ("mean", orders["단가"].mean(), "", 'SELECT avg("단가") FROM "주문"'),
        (
            "share",
            share,
            "%",
            'SELECT 100 * sum("금액") FILTER ("지역" = \'서울\') / sum("금액") FROM "주문"',
        ),
        ("top", top, "", 'SELECT "지역" FROM "주문" GROUP BY 1 ORDER BY sum("금액") DESC LIMIT 1'),
        ("wrong", 7, "", 'SELECT count(*) FROM "주문"'),
    ):
        toolkit.record(
            id=id, value=value, unit=unit, label=f"이름 {id}", query=query, source=source
        )
    figure, axes = pyplot.subplots()
    axes.bar(["서울"], [1])
    toolkit.save_chart(figure, id="by_region", caption="지역별 금액", calculations=["total"])
    return orders


def _pdf_text() -> str:
    return re.sub(r"\s+", "", pdf_text(Path("artifacts/report.pdf")))


def _docx_text() -> str:
    document = docx.Document("artifacts/report.docx")
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    texts = [paragraph.text for paragraph in document.paragraphs] + cells
    return re.sub(r"\s+", "", "".join(texts))


@pytest.mark.parametrize("read", [_pdf_text, _docx_text])
def test_the_numbers_of_pandas_stand_in_both_files(
    recorded: pd.DataFrame, read: Callable[[], str]
) -> None:
    toolkit.build_report(_DRAFT, language="ko", title="주문 분석")

    text = read()
    amount = recorded["금액"].sum()
    seoul = recorded.loc[recorded["지역"] == "서울", "금액"].sum()
    assert f"{amount:,}원" in text
    assert f"{recorded['단가'].mean():,.2f}," in text
    assert f"{seoul / amount * 100:.1f}%[3]" in text
    assert "7[4불일치]" in text
    assert "그림1.지역별금액[1]" in text
    assert '#set"따옴표"\\$x$@a<b' in text
    assert "인용한계산5건:검증됨4건,불일치1건,검증불가0건" in text
    assert "재계산값:2,000" in text
    assert "2,000×4" in text
    assert toolkit.verify().citations[0].source_sha256 in text


@pytest.mark.parametrize("read", [_pdf_text, _docx_text])
def test_placeholders_of_title_and_captions_become_cited_values(
    recorded: pd.DataFrame, read: Callable[[], str]
) -> None:
    figure, _ = pyplot.subplots()
    toolkit.save_chart(
        figure, id="by_region", caption="평균 {{mean}}", calculations=["mean", "total"]
    )
    toolkit.build_report(
        "값 {{top}}\n\n![](chart:by_region)\n\n![**<b>** {{total}}](chart:by_region)",
        language="ko",
        title="매출 {{total|plain}} 분석",
    )

    amount, text = f"{recorded['금액'].sum():,}원", read()
    assert f"매출{amount}분석" in text
    assert f"그림1.평균{recorded['단가'].mean():,.2f}[3][1]" in text
    assert f"그림2.**<b>**{amount}[1][3]" in text
    assert (
        pypdfium2.PdfDocument("artifacts/report.pdf").get_metadata_value("Title")
        == f"매출 {amount} 분석"
    )


def test_characters_without_a_glyph_are_numbers_in_the_pdf_and_stay_in_the_docx(
    recorded: pd.DataFrame,
) -> None:
    toolkit.build_report("**뇌\U0001f9e0** → ⅓ {{top}} `\U00020bb7`", language="ko", title="t")

    assert "뇌[U+1F9E0]→⅓" in _pdf_text()
    assert "[U+20BB7]" in _pdf_text()
    assert "유니코드번호로" in _pdf_text()
    assert "뇌\U0001f9e0" in _docx_text()

    toolkit.build_report("뇌 {{top}}", language="ko", title="t")
    assert "유니코드번호로" not in _pdf_text()


def test_an_english_report_speaks_english(recorded: pd.DataFrame) -> None:
    toolkit.build_report("Total {{total}}.", language="en", title="Orders")

    for text in (_pdf_text(), _docx_text()):
        assert f"KRW{recorded['금액'].sum():,}" in text
        assert "Calculationscited:1.Verified:1" in text
        assert "Datasources" in text


def test_a_korean_report_gives_the_reason_of_a_mismatch_in_korean(recorded: pd.DataFrame) -> None:
    toolkit.build_report(_DRAFT, language="ko", title="주문 분석")

    text = _pdf_text()
    assert f"기록한값은7,다시계산한값은{len(recorded)}입니다" in text
    assert "recomputed" not in text


def test_a_formula_that_only_repeats_the_label_is_left_out(recorded: pd.DataFrame) -> None:
    for id, formula in (("same", "금액, 합계"), ("other", "단가 × 수량")):
        toolkit.record(
            id=id, value=int(recorded["금액"].sum()), label="합계: 금액", formula=formula,
            query='SELECT sum("금액") FROM "주문"', source="data/주문.csv",
        )  # fmt: skip
    toolkit.build_report("{{same}} {{other}}", language="ko", title="t")

    text = _pdf_text()
    assert "단가×수량" in text
    assert "금액,합계" not in text


def test_the_numbers_of_a_table_column_have_the_same_decimals(recorded: pd.DataFrame) -> None:
    low = float(recorded["금액"].min())
    assert low.is_integer()
    for id, value, query in (("a", low, "min"), ("b", low + 0.5, "0.5 + min")):
        toolkit.record(
            id=id, value=value, label=id, source="data/주문.csv",
            query=f'SELECT {query}("금액") FROM "주문"',
        )  # fmt: skip
    toolkit.build_report(
        "| x | y |\n|---|---|\n| p | {{a}} |\n| q | {{b}} |", language="en", title="t"
    )

    for text in (_pdf_text(), _docx_text()):
        assert f"p{low:,.2f}[1]" in text
        assert f"q{low + 0.5:,.2f}[2]" in text


def test_citations_are_numbered_in_order_of_first_use(recorded: pd.DataFrame) -> None:
    summary = toolkit.build_report(_DRAFT, language="ko", title="주문 분석")

    citations = json.loads(Path("artifacts/citations.json").read_text())["citations"]
    assert [(c["number"], c["calculation_id"]) for c in citations] == [
        (1, "total"),
        (2, "mean"),
        (3, "share"),
        (4, "wrong"),
        (5, "top"),
        (6, "unused"),
    ]
    assert (summary.cited, summary.verified, summary.mismatch) == (5, 4, 1)
    assert Path("artifacts/report_draft.md").read_text() == _DRAFT


def test_verifying_again_keeps_the_numbers_that_the_report_printed(
    recorded: pd.DataFrame,
) -> None:
    toolkit.build_report(_DRAFT, language="ko", title="주문 분석")
    before = Path("artifacts/citations.json").read_text()

    toolkit.verify()
    assert Path("artifacts/citations.json").read_text() == before

    Path("artifacts/citations.json").write_text("spoilt")
    assert toolkit.verify().citations[0].calculation_id == "unused"


def test_a_calculation_recorded_after_the_verification_is_verified_before_it_is_cited(
    recorded: pd.DataFrame,
) -> None:
    toolkit.verify()
    toolkit.record(
        id="total",
        value=1,
        label="x",
        query='SELECT sum("금액") FROM "주문"',
        source="data/주문.csv",
    )

    assert toolkit.build_report("{{total}}", language="ko", title="t").mismatch == 1


def test_the_same_report_gives_the_same_pdf(recorded: pd.DataFrame) -> None:
    files = []
    for _ in range(2):
        toolkit.build_report(_DRAFT, language="ko", title="주문 분석", generated_at=_MOMENT)
        files.append(Path("artifacts/report.pdf").read_bytes())

    assert files[0] == files[1]
    assert pypdfium2.PdfDocument(files[0]).get_metadata_value("Title") == "주문 분석"


def test_unknown_placeholders_and_charts_are_marked_and_do_not_stop_the_report(
    recorded: pd.DataFrame,
) -> None:
    summary = toolkit.build_report(
        "값 {{nothing}}.\n\n![](chart:none)", language="ko", title="t"
    ).to_dict()

    assert summary["unknown_calculations"] == ["nothing"]
    assert summary["unknown_charts"] == ["none"]
    for text in (_pdf_text(), _docx_text()):
        assert "[알수없는계산:nothing]" in text
        assert "[알수없는차트:none]" in text


def test_the_docx_has_real_headings_alternative_texts_and_repeated_header_rows(
    recorded: pd.DataFrame,
) -> None:
    toolkit.build_report(_DRAFT, language="ko", title="주문 분석")

    document = docx.Document("artifacts/report.docx")
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == ["1. 요약", "계산 근거", "데이터 출처"]
    body = document.element.xml
    assert 'descr="지역별 금액"' in body
    assert body.count("<w:tblHeader") == 3
    assert 'w:eastAsia="Malgun Gothic"' in document.styles["Normal"].element.xml


@pytest.mark.parametrize(
    ("draft", "language", "title", "said"),
    [
        ("text", "fr", "t", "'ko' or 'en'"),
        ("text", "ko", "", "no title"),
        ("> quoted", "ko", "t", "line 1"),
    ],
)
def test_a_report_that_cannot_be_built_writes_nothing(
    orders: pd.DataFrame, draft: str, language: str, title: str, said: str
) -> None:
    with pytest.raises(toolkit.errors.ReportError, match=said):
        toolkit.build_report(draft, language=language, title=title)

    assert not Path("artifacts/report.pdf").exists()
    assert not Path("artifacts/report_draft.md").exists()
