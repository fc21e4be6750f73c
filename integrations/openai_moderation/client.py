"""Asks the vendor, and believes nothing it says that is not exactly what was agreed."""

import re
from typing import Annotated

from pydantic import BaseModel, Field, StrictBool

from casework.base import Name
from casework.errors import Nonsense
from casework.finding import Finding
from casework.records import Evidence
from integrations.examined import found, text_of
from integrations.http import Outbound, Request
from integrations.openai_moderation.settings import OpenAiModerationSettings

_VendorScore = Annotated[float, Field(strict=True, ge=0.0, le=1.0, allow_inf_nan=False)]


class _Question(BaseModel):
    model: str
    input: str


class _Result(BaseModel):
    flagged: StrictBool
    category_scores: dict[str, _VendorScore]


class _Answer(BaseModel):
    """Fields we do not read may come and go; `error` may not come at all."""

    model: Name
    results: Annotated[list[_Result], Field(min_length=1, max_length=1)]
    error: None = None


class OpenAiModeration:
    def __init__(self, http: Outbound, settings: OpenAiModerationSettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def name(self) -> str:
        return "vendor_moderation"

    async def examine(self, evidence: Evidence, harm: str) -> Finding:
        """The worst of the vendor's scores that speak to this harm; all of them as labels, with
        names such as `self_harm_intent`.

        Asking again costs another call and changes nothing. The score is the vendor's own, 0 to 1,
        and comparable only within one version of its model.

        Raises:
            Unavailable: on a timeout, a 5xx, or a 429, with the vendor's own wait.
            TurnedDown: on any other refusal, and for no text or too much of it.
            Nonsense: on a needed score that is missing, on any that is unknown, null, not a number
                or out of range, on more or fewer than one result, on an error with status 200, on
                anything not JSON.

        Source: OpenAI openapi.yaml 2.3.0, `POST /moderations`.
        """
        text = text_of(evidence, longest=self._settings.longest)
        question = _Question(model=self._settings.model, input=text)
        request = Request(url=self._settings.endpoint, headers=self._authorization())
        answer = (await self._http.post_json(request, question)).parsed_as(_Answer)
        scores = self._known(answer.results[0].category_scores)
        worst = max(self._relevant(scores, harm))
        labels = {_as_label(category): score for category, score in scores.items()}
        return found(self.name, worst, labels, model=answer.model)

    def _authorization(self) -> dict[str, str]:
        key = self._settings.key
        return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}

    def _known(self, scores: dict[str, float]) -> dict[str, float]:
        """What was scored. A model may leave categories out that it does not know."""
        if scores.keys() - self._settings.categories:
            raise Nonsense("the vendor scored a category that was not agreed on")
        return scores

    def _relevant(self, scores: dict[str, float], harm: str) -> list[float]:
        """The scores that speak to this harm, every one of them; none may be missing."""
        wanted = self._settings.relevant_to(harm) or scores.keys()
        if not wanted or wanted - scores.keys():
            raise Nonsense("the vendor did not score what this harm needs")
        return [scores[category] for category in wanted]


def _as_label(category: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", category.lower())
