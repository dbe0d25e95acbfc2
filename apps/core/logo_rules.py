"""What may be the organisation's logo: pure decisions."""

from __future__ import annotations

from typing import Final

from apps.core.choices import LogoType

MOST_BYTES: Final = 60 * 1024
TOO_LARGE: Final = (
    "The logo has {} KB; at most 60 KB. Make the image smaller: 360 pixels wide is enough."
)
NO_IMAGE: Final = "This is no PNG, JPEG or WebP image. Save the logo as one of these."


def logo_type(data: bytes) -> LogoType | None:
    """What kind of image these bytes are, by how they begin; None for any other kind."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return LogoType.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return LogoType.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return LogoType.WEBP
    return None


def logo_error(size: int, start: bytes) -> str | None:
    """Why a file of this size that begins so cannot be the logo, or None."""
    if size > MOST_BYTES:
        return TOO_LARGE.format(-(-size // 1024))
    return None if logo_type(start) else NO_IMAGE
