"""The fonts of charts and of the PDF: a Korean one from a Python package, matplotlib's behind it.

The package's files are located without importing it: importing changes matplotlib's settings and,
in the released version, needs ``distutils``, which Python 3.12 removed.
"""

import importlib.util
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, cast

from executor.toolkit.errors import ToolkitError

FAMILY, FALLBACK = "NanumGothic", "DejaVu Sans"
_PACKAGE = "koreanize_matplotlib"
# A colour-blind safe order (Okabe and Ito, 2008), darkest first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#6B6B6B")


@cache
def font_folder() -> Path:
    """Return the folder that holds NanumGothic.ttf and NanumGothicBold.ttf.

    Raises:
        ToolkitError: the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for location in (found.submodule_search_locations or []) if found else []:
        folder = Path(location) / "fonts"
        if (folder / "NanumGothic.ttf").is_file():
            return folder
    raise ToolkitError("the Korean font is missing: install the package koreanize-matplotlib")


def fallback_folder() -> Path:
    """Return the folder of matplotlib's own fonts, which holds DejaVu Sans."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def printable(text: str) -> str:
    """Return the text with ``[U+1F9E0]`` for each character that no font here has a glyph for.

    An empty box would hide which character stood there. Joiners and variation selectors, which
    have no shape of their own, are kept.
    """
    if text.isascii():
        return text
    glyphs = _glyphs()
    return "".join(
        char if ord(char) in glyphs or _is_shapeless(char) else f"[U+{ord(char):04X}]"
        for char in text
    )


@cache
def _glyphs() -> frozenset[int]:
    """Code points that can be printed in both weights."""
    from matplotlib.ft2font import FT2Font

    def covered(korean: str, other: str) -> set[int]:
        files = (font_folder() / korean, fallback_folder() / other)
        return {point for file in files for point in FT2Font(str(file)).get_charmap()}

    regular = covered("NanumGothic.ttf", "DejaVuSans.ttf")
    return frozenset(regular & covered("NanumGothicBold.ttf", "DejaVuSans-Bold.ttf"))


def _is_shapeless(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp") or (
        "\ufe00" <= char <= "\ufe0f"
    )


def configure_matplotlib() -> None:
    """Set font, minus sign, colours, grid and size for charts that print well.

    Safe to call again; a caller's later ``rcParams`` win.
    """
    import matplotlib
    from cycler import cycler
    from matplotlib import font_manager

    if FAMILY not in {font.name for font in font_manager.fontManager.ttflist}:
        for file in sorted(font_folder().glob("NanumGothic*.ttf")):
            font_manager.fontManager.addfont(str(file))
    settings: dict[str, Any] = {
        "font.family": [FAMILY, FALLBACK],
        "font.size": 10,
        "axes.unicode_minus": False,  # NanumGothic has no U+2212
        "axes.prop_cycle": cycler(color=COLOURS),
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#555555",
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlepad": 10,
        "axes.labelcolor": "#333333",
        "xtick.color": "#333333",
        "ytick.color": "#333333",
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "figure.figsize": (7.2, 4.0),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 200,
        "svg.fonttype": "path",
        "svg.hashsalt": "deep-insight",
    }
    matplotlib.rcParams.update(cast("Any", settings))
