"""A judged text as it was written and as the checks read it, with what matched marked."""

from collections.abc import Iterable
from itertools import pairwise

from casework.base import Model
from casework.finding import Finding, Match, Reading
from casework.snapshots import NotShown, Picture, SnapshotState
from gateway.console.revealed import Stretch, revealed
from gateway.console.texts import marked
from integrations.normaliser import normalise, plain

LONG = 20_000
"""Characters; of a longer text only parts are shown at first."""
_FIRST = 2_000
_AROUND = 300
_NAMES = {
    Reading.WRITTEN: marked("As it was written"),
    Reading.PLAIN: marked("As read without disguise"),
    Reading.NORMALISED: marked("As read without disguise and leetspeak"),
}
_READ = {Reading.PLAIN: plain, Reading.NORMALISED: normalise}

_NOT_SHOWN = {
    NotShown.NOT_FETCHED: marked("Not fetched: this installation fetches nothing from there."),
    NotShown.UNAVAILABLE: marked("It cannot be fetched: the address does not answer."),
    NotShown.TURNED_DOWN: marked("It cannot be fetched: there is nothing for us at the address."),
    NotShown.TOO_LARGE: marked("It cannot be fetched: it is larger than we take in."),
    NotShown.OTHER_CONTENT: marked(
        "Refused: what is at the address now is not what the detector saw."
    ),
    NotShown.NOT_A_PICTURE: marked(
        "Kept, and not previewed: it is neither a picture nor a video that we draw. Documents are"
        " never opened here."
    ),
    NotShown.SOUND: marked(
        "Kept, and not played: it is sound. Nothing is played here; it has to be heard where it"
        " was posted."
    ),
    NotShown.UNDECODABLE: marked(
        "Kept, and undecodable: it is broken, or would take more than we allow to draw."
    ),
}


def not_shown(picture: Picture) -> str:
    """Why there is nothing to look at, in a sentence."""
    if picture.state is SnapshotState.ERASED:
        return marked("It has been erased.")
    if picture.state is SnapshotState.WANTED and picture.failure is None:
        return marked("Not fetched yet. It is on its way; load the page again.")
    if picture.state is SnapshotState.WANTED:
        return marked("Not fetched yet: the address does not answer. It is tried again.")
    return _NOT_SHOWN[picture.failure or NotShown.NOT_FETCHED]


class Piece(Stretch):
    """A stretch of a text; `signs` are the labels of what matched there."""

    signs: tuple[str, ...] = ()


class Part(Model):
    """Pieces that follow one another; before it, `left_out` characters are not shown."""

    pieces: tuple[Piece, ...]
    left_out: int = 0


class View(Model):
    """The text in one reading: `parts` for a first look, `whole` when that is not all of it."""

    name: str
    is_written: bool
    parts: tuple[Part, ...]
    left_out: int
    """Characters after the last part."""
    whole: tuple[Piece, ...]
    signs: tuple[str, ...]
    length: int


def views(text: str, findings: Iterable[Finding] = ()) -> list[View]:
    """As written first; then each other reading that says something else and has a match, or,
    when none has, the one that takes off the most disguise."""
    matches: dict[Reading, list[Match]] = {reading: [] for reading in Reading}
    for finding in findings:
        for match in finding.matches:
            matches[match.reading].append(match)
    shown = [_view(Reading.WRITTEN, text, matches[Reading.WRITTEN])]
    others = {reading: read(text) for reading, read in _READ.items()}
    as_read = " ".join(text.lower().split())
    for reading, said in others.items():
        is_last = reading is Reading.NORMALISED and len(shown) == 1 and said != as_read
        if matches[reading] or is_last:
            shown.append(_view(reading, said, matches[reading]))
    return shown


def _view(reading: Reading, text: str, matches: list[Match]) -> View:
    fitting = [match for match in matches if match.start < match.end <= len(text)]
    spans = [(0, len(text))] if len(text) <= LONG else _spans(len(text), fitting)
    ends = [0, *(end for _, end in spans)]
    return View(
        name=_NAMES[reading],
        is_written=reading is Reading.WRITTEN,
        parts=tuple(
            Part(pieces=tuple(_pieces(text, fitting, start, end)), left_out=start - before)
            for before, (start, end) in zip(ends, spans, strict=False)
        ),
        left_out=len(text) - ends[-1],
        whole=tuple(_pieces(text, fitting, 0, len(text))) if len(text) > LONG else (),
        signs=tuple(dict.fromkeys(match.label for match in fitting)),
        length=len(text),
    )


def _spans(length: int, matches: list[Match]) -> list[tuple[int, int]]:
    """The beginning, and what stands around each match; overlapping ones joined."""
    wanted = [(0, _FIRST)]
    wanted += [(max(m.start - _AROUND, 0), min(m.end + _AROUND, length)) for m in matches]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(wanted):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(text: str, matches: list[Match], start: int, end: int) -> Iterable[Piece]:
    inside = [match for match in matches if match.start < end and match.end > start]
    cuts = {start, end}
    for match in inside:
        cuts |= {max(match.start, start), min(match.end, end)}
    for begins, ends in pairwise(sorted(cuts)):
        over = [match for match in inside if match.start <= begins and match.end >= ends]
        signs = tuple(dict.fromkeys(match.label for match in over))
        for stretch in revealed(text[begins:ends]):
            yield Piece(text=stretch.text, unseen=stretch.unseen, signs=signs)
