"""What the doctor says about one thing."""

from enum import StrEnum

from casework.base import Model


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Diagnosis(Model):
    """`mend` is what to do about it; empty when all is well."""

    name: str
    state: State
    said: str
    mend: str = ""


def ok(name: str, said: str) -> Diagnosis:
    return Diagnosis(name=name, state=State.OK, said=said)


def warn(name: str, said: str, mend: str) -> Diagnosis:
    return Diagnosis(name=name, state=State.WARN, said=said, mend=mend)


def fail(name: str, said: str, mend: str) -> Diagnosis:
    return Diagnosis(name=name, state=State.FAIL, said=said, mend=mend)
