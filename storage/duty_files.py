"""Legal duties as files: `jurisdictions/<place>.yaml` beside the policies."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from casework.duties import Duties, Place
from casework.errors import PolicyMistake

FOLDER = "jurisdictions"
SHIPPED = Path(__file__).parent.parent / "policies" / FOLDER


def load(policies: Path) -> Duties:
    """The duties beside these policies; those that come with Casework where there are none.

    Raises:
        PolicyMistake: a file is not what eu.yaml's header says.
    """
    beside = policies / FOLDER
    return _all_of(beside) if beside.is_dir() else shipped()


def shipped() -> Duties:
    return _all_of(SHIPPED)


def _all_of(folder: Path) -> Duties:
    return Duties(places=tuple(_read(file) for file in sorted(folder.glob("*.yaml"))))


def _read(file: Path) -> Place:
    try:
        written: Any = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        known = {key: value for key, value in dict(written).items() if key != "entries"}
        return Place.model_validate(known)
    except (YAMLError, UnicodeDecodeError, TypeError, ValueError) as error:
        said = _first(error) if isinstance(error, ValidationError) else "not YAML as eu.yaml has it"
        raise PolicyMistake(said, file=file.name, line=1, column=1) from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
