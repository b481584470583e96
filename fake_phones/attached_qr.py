"""A link as a QR code, for a camera that is not the lab's."""

from pathlib import Path

from fake_phones.failed import Failed

DOT = 8  # pixels a module in the PNG


def write(link: str, stem: Path) -> list[Path]:
    """Write the code as `<stem>.png` and `<stem>.svg`; the files. Raises Failed (`broken`)."""
    try:
        import segno
    except ImportError:
        raise Failed("no segno for an attached phone: pip install 'lab113[attached]'", "broken") from None
    code = segno.make(link, error="m", micro=False)
    files = [stem.with_name(f"{stem.name}.{kind}") for kind in ("png", "svg")]
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for file in files:
            code.save(str(file), scale=DOT)
    except OSError as error:
        raise Failed(f"cannot write the QR code {stem}.*: {error.strerror}", "broken") from None
    return files
