"""`casework convert`: labelled text from elsewhere, as detections to submit."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from casework.base import Score
from casework.detection import AccountRef, Detection, DetectorRef, Item
from casework.errors import Malformed
from cli import runner, show

convert = typer.Typer(no_args_is_help=True, help="Turn other files into detections.")

HARMS = {
    "IDENTITY_ATTACK": "hate",
    "THREAT": "harassment",
    "INSULT": "harassment",
    "SEVERE_TOXICITY": "harassment",
    "TOXICITY": "harassment",
    "PROFANITY": "harassment",
    "SPAM": "spam_scam",
}
"""Which harm a category speaks of. Of categories with the same score the first one counts."""

OBSERVED = datetime(2017, 1, 1, tzinfo=UTC)
"""The rows do not say when. A fixed date keeps the same comment the same detection."""

DETECTOR = DetectorRef(name="reference-scores", version="1.0")


class _Comment(BaseModel):
    """A row: a comment, and what a scoring service once said of it, by category, 0 to 1."""

    model_config = ConfigDict(extra="ignore")

    text: str
    scores: dict[str, Score]


@convert.command("wikipedia")
def wikipedia(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="JSON lines.")
    ],
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows. [all]")] = None,
    out: Annotated[Path | None, typer.Option(help="A file; standard output without.")] = None,
) -> None:
    """Comments with scores ({"text", "scores": {CATEGORY: 0..1}}) as detections, one a line.

    The harm is the one of the category with the highest score, and the score that category's:
    identity attacks are hate, spam is spam_scam, everything else is harassment. Ids are derived
    from the text, so the same comment is the same detection each time; each has an account of its
    own, because the rows do not say who wrote what. Detector: reference-scores 1.0.
    """
    with runner.clear_endings():
        if out is None:
            for line in _detections(file, limit):
                show.line(line)
            return
        with out.open("w", encoding="utf-8") as target:
            for line in _detections(file, limit):
                target.write(line + "\n")


def _detections(file: Path, limit: int | None) -> Iterator[str]:
    with file.open(encoding="utf-8") as rows:
        for number, row in enumerate(rows, start=1):
            if limit is not None and number > limit:
                return
            try:
                comment = _Comment.model_validate_json(row)
                worst = _worst(comment)
            except ValueError:  # pydantic's, or ours for a row without a category we know
                raise Malformed(f"{file.name}:{number}: not a row of text and scores") from None
            told = _detection(comment, worst).model_dump(mode="json", exclude_defaults=True)
            yield json.dumps(told)


def _worst(comment: _Comment) -> str:
    return max((name for name in HARMS if name in comment.scores), key=comment.scores.__getitem__)


def _detection(comment: _Comment, worst: str) -> Detection:
    name = hashlib.sha256(comment.text.encode()).hexdigest()[:16]
    return Detection(
        detection_id=f"wikipedia-{name}",
        detector=DETECTOR,
        harm=HARMS[worst],
        item=Item(type="comment", id=f"wikipedia-{name}", text=comment.text),
        account=AccountRef(id=f"wikipedia-author-{name}"),
        score=comment.scores[worst],
        observed_at=OBSERVED,
        evidence={"category": worst, **comment.scores},
    )
