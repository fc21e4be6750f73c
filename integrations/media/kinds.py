"""What content is, by its first bytes: nobody's word on it is read, and no decoder is asked."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    MKV = "mkv"
    SOUND = "sound"
    OTHER = "other"
    """A picture, or nothing that we open."""

    @property
    def is_video(self) -> bool:
        return self in (Kind.MP4, Kind.MOV, Kind.WEBM, Kind.MKV)


_EBML: Final = b"\x1a\x45\xdf\xa3"
_HEAD_OF_EBML: Final = 64
"""Its head says within so many bytes which of the two it is (RFC 8794, section 11.2)."""
_OLD_MOV: Final = (b"moov", b"mdat", b"wide")
"""QuickTime files from before `ftyp` begin with one of these."""
_PICTURES: Final = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
"""Brands of pictures in the same box (ISO/IEC 23008-12, annex B; AVIF 1.1)."""
_SOUNDS_IN_BOXES: Final = (b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ")
_SOUNDS: Final = (b"ID3", b"OggS", b"fLaC", b"#!AMR", b"caff", b"MThd", b"ADIF", b".snd")
_SYNC: Final = 0xFFE0
"""MPEG audio, ADTS included, begins with eleven bits set; layer and rate rule out most else."""


def kind_of(content: bytes) -> Kind:
    if content.startswith(_EBML):
        return Kind.WEBM if b"webm" in content[:_HEAD_OF_EBML] else Kind.MKV
    if content[4:8] == b"ftyp":
        return _by_brand(content[8:12])
    if content[4:8] in _OLD_MOV:
        return Kind.MOV
    return Kind.SOUND if _is_sound(content) else Kind.OTHER


def _by_brand(brand: bytes) -> Kind:
    if brand in _SOUNDS_IN_BOXES:
        return Kind.SOUND
    if brand in _PICTURES:
        return Kind.OTHER
    return Kind.MOV if brand == b"qt  " else Kind.MP4


def _is_sound(content: bytes) -> bool:
    if content.startswith(_SOUNDS) or (content[:4], content[8:12]) == (b"RIFF", b"WAVE"):
        return True
    return _is_mpeg_audio(int.from_bytes(content[:2], "big"))


def _is_mpeg_audio(head: int) -> bool:
    return head & _SYNC == _SYNC and head not in (0xFFFE, 0xFFFF) and not _is_reserved(head)


def _is_reserved(head: int) -> bool:
    """Of four MPEG versions one does not exist."""
    return head & 0x0018 == 0x0008
