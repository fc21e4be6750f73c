"""How well disguised, changed and unrelated texts are told apart by their sketches.

    python -m benchmarks.likeness texts.jsonl [more.jsonl ...]

Each line is an object with a `text`. Prints, for each kind of change, the share of texts that are
still found; and how many pairs of different texts are taken for alike.
"""

import json
import random
import sys
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

from casework.likeness import LikenessKind
from integrations.normaliser import normalise
from storage.sketches import NEAR, READ_FOR_LIKENESS, distance, sketch_key, text_sketch

_SAMPLE = 2_500
_KEY = sketch_key(b"k" * 32)
_ALIKE = str.maketrans("aeoicp", "\u0430\u0435\u043e\u0456\u0441\u0440")
_LEET = str.maketrans("aeois", "43015")
_OTHERS = ("really", "friend", "today", "someone", "blue", "always")
_LETTERS = "abcdefgh"

Change = Callable[[str, random.Random], str]


def _sketch(text: str) -> str | None:
    return text_sketch(_KEY, normalise(text[:READ_FOR_LIKENESS]))


def _sometimes(table: dict[int, int], text: str, drawn: random.Random) -> str:
    return "".join(char.translate(table) if drawn.random() < 0.5 else char for char in text)


def _disguised(text: str, drawn: random.Random) -> str:
    match drawn.randrange(3):
        case 0:
            return _sometimes(_ALIKE, text, drawn)
        case 1:
            return _sometimes(_LEET, text, drawn)
        case _:
            return "".join(f"{char}\u200b" if drawn.random() < 0.2 else char for char in text)


def _mistyped(text: str, drawn: random.Random) -> str:
    place = drawn.randrange(len(text))
    return text[:place] + drawn.choice(_LETTERS) + text[place + 1 :]


def _reworded(text: str, drawn: random.Random) -> str:
    words = text.split()
    for _ in range(max(1, len(words) // 20)):
        words[drawn.randrange(len(words))] = drawn.choice(_OTHERS)
    return " ".join(words)


def _with_a_link(text: str, drawn: random.Random) -> str:
    return f"{text} http://x.example/{''.join(drawn.choices(_LETTERS, k=8))}"


_CHANGES: dict[str, Change] = {
    "disguised": _disguised,
    "one letter changed": _mistyped,
    "one word in twenty changed": _reworded,
    "a link added": _with_a_link,
}


def _texts(files: Iterable[str]) -> list[str]:
    lines = (line for file in files for line in Path(file).read_text("utf-8").splitlines())
    said = {str(json.loads(line).get("text", "")) for line in lines}
    known = sorted(text for text in said if text.split() and _sketch(text))
    random.Random(5).shuffle(known)
    return known[:_SAMPLE]


def _found(change: Change, texts: list[str], sketches: list[str]) -> float:
    drawn, near = random.Random(7), NEAR[LikenessKind.TEXT]
    changed = (_sketch(change(text, drawn)) for text in texts)
    hits = [
        other is not None and distance(sketch, other) <= near
        for sketch, other in zip(sketches, changed, strict=True)
    ]
    return sum(hits) / len(hits)


def _false_alarms(texts: list[str], sketches: list[str]) -> int:
    near = NEAR[LikenessKind.TEXT]
    read = [normalise(text) for text in texts]
    return sum(
        (one ^ other).bit_count() <= near and read[first] != read[second]
        for (first, one), (second, other) in combinations(
            enumerate(int(sketch, 16) for sketch in sketches), 2
        )
    )


def main(files: list[str]) -> None:
    texts = _texts(files)
    sketches = [sketch for text in texts if (sketch := _sketch(text)) is not None]
    for name, change in _CHANGES.items():
        print(f"{name:28} {_found(change, texts, sketches):6.1%} found")
    pairs = len(texts) * (len(texts) - 1) // 2
    print(f"{_false_alarms(texts, sketches)} of {pairs} pairs of different texts taken for alike")


if __name__ == "__main__":
    main(sys.argv[1:])
