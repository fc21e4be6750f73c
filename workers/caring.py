"""How people's work is looked at again, and what is asked of them, as the environment says it."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from casework.care import CareRules, Limits


class CareSettings(BaseSettings):
    quality_sample: Annotated[float, Field(ge=0, le=1)] = 0.03
    """The share of people's decisions that somebody looks at again, where a policy names none."""
    quality_at_least: Annotated[int, Field(ge=2)] = 20
    """Of how many cases judged twice a coefficient of agreement is told."""
    golden_sample: Annotated[float, Field(ge=0, le=1)] = 0.01
    """The share of claims that are served a case whose right answer is known."""
    exposure_limits: Limits = Field(default_factory=lambda: {"critical": 40})
    """Pieces of evidence that one person is shown in 24 hours, by severity or harm."""
    break_after_s: Annotated[float, Field(ge=0, le=43_200)] = 5_400.0
    """Of work without a pause; 0: nobody is sent into one."""
    break_lasts_s: Annotated[float, Field(gt=0, le=7_200)] = 600.0

    @property
    def care(self) -> CareRules:
        return CareRules(
            limits=self.exposure_limits,
            golden=self.golden_sample,
            break_after=timedelta(seconds=self.break_after_s),
            break_lasts=timedelta(seconds=self.break_lasts_s),
        )
