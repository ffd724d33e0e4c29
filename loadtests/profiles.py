"""Load profiles: how much load there is at which time. Open ones say when requests are due, `Users` says how many users."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Arrivals = Literal["poisson", "even"]
"""`poisson`: independent users of a large population; `even`: a metronome."""

Segment = tuple[float, float, float]
"""Length in seconds, arrivals per second at its start and at its end (linear in between)."""


class _Timed(BaseModel):
    """What every profile has: a warm-up that is driven but not recorded, then the recorded time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duration_s: float = Field(gt=0)
    warmup_s: float = Field(default=0, ge=0)

    @property
    def total_s(self) -> float:
        """Warm-up and recorded time together."""
        return self.warmup_s + self.duration_s


class _Open(_Timed):
    """An open loop: arrivals come when they come, whether the service keeps up or not."""

    arrivals: Arrivals = "poisson"

    def shape(self) -> list[Segment]:
        """The rate over the recorded time, segment by segment."""
        raise NotImplementedError

    def segments(self) -> list[Segment]:
        """The rate over warm-up (at the rate at which the recorded time begins) and recorded time."""
        shape = self.shape()
        first_rate = shape[0][1] or shape[0][2]
        warmup: list[Segment] = [(self.warmup_s, first_rate, first_rate)] if self.warmup_s else []
        return warmup + shape


class ConstantRate(_Open):
    """The same rate all the time."""

    kind: Literal["constant_rate"] = "constant_rate"
    rate_per_s: float = Field(gt=0)

    def shape(self) -> list[Segment]:
        """One level segment."""
        return [(self.duration_s, self.rate_per_s, self.rate_per_s)]


class Ramp(_Open):
    """From one rate to another, in a straight line: where does it break?"""

    kind: Literal["ramp"] = "ramp"
    from_rate_per_s: float = Field(ge=0)
    to_rate_per_s: float = Field(gt=0)

    def shape(self) -> list[Segment]:
        """One slanted segment."""
        return [(self.duration_s, self.from_rate_per_s, self.to_rate_per_s)]


class Steady(_Open):
    """A rise to the rate, then the rate for the rest: a soak. The rise is recorded too."""

    kind: Literal["steady"] = "steady"
    rate_per_s: float = Field(gt=0)
    rise_s: float = Field(default=10, ge=0)

    def shape(self) -> list[Segment]:
        """A rise, as long as there is time for it, and a plateau."""
        rise_s = min(self.rise_s, self.duration_s)
        parts: list[Segment] = [(rise_s, 0.0, self.rate_per_s)] if rise_s else []
        hold_s = self.duration_s - rise_s
        return [*parts, (hold_s, self.rate_per_s, self.rate_per_s)] if hold_s else parts


class Spike(_Open):
    """A rate, for a while a higher one, and the first again: does the service come back?"""

    kind: Literal["spike"] = "spike"
    rate_per_s: float = Field(gt=0)
    spike_rate_per_s: float = Field(gt=0)
    spike_at_s: float = Field(ge=0)
    spike_s: float = Field(gt=0)

    def shape(self) -> list[Segment]:
        """Before, spike, after; what lies beyond `duration_s` is cut off."""
        before_s = min(self.spike_at_s, self.duration_s)
        spike_s = min(self.spike_s, self.duration_s - before_s)
        after_s = self.duration_s - before_s - spike_s
        parts: list[Segment] = [
            (before_s, self.rate_per_s, self.rate_per_s),
            (spike_s, self.spike_rate_per_s, self.spike_rate_per_s),
            (after_s, self.rate_per_s, self.rate_per_s),
        ]
        return [part for part in parts if part[0] > 0]


class Users(_Timed):
    """A closed loop: so many users, each waiting for its answer and thinking before it asks again.

    It hides stalls (a waiting user sends nothing), so no verdict about latency rests on it; it is for journeys.
    """

    kind: Literal["users"] = "users"
    users: int = Field(gt=0)
    spawn_per_s: float = Field(default=100, gt=0)
    think_min_s: float = Field(default=0, ge=0)
    think_max_s: float = Field(default=0, ge=0)


OpenProfile = ConstantRate | Ramp | Steady | Spike
Profile = Annotated[ConstantRate | Ramp | Steady | Spike | Users, Field(discriminator="kind")]
