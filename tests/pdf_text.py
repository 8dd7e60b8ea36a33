"""What a person could select and copy from a PDF."""

from pathlib import Path

import pypdfium2


def pdf_text(path: Path) -> str:
    """The text of every page, one after another."""
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
