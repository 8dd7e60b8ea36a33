"""Requests to `POST /invocations`: parsing and every complaint about them."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from agent_runtime.plan import Language

Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class BadRequestError(Exception):
    """The caller's fault. `status` is the HTTP status, `code` is for programs."""

    def __init__(
        self, message: str, *, code: str = "bad_request", status: int = 400, details: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details: list[str] = list(details or [])


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Analyze(_Message):
    """Start a job, or attach to the same job when it exists already."""

    type: Literal["analyze"]
    prompt: Text
    data: list[Annotated[str, StringConstraints(min_length=1, max_length=4096)]] = Field(
        default_factory=list, max_length=20, description="URIs; the scheme must be known"
    )
    language: Language
    review: Literal["auto", "required"] = "auto"
    review_timeout_seconds: float = Field(300, gt=0, le=28800, allow_inf_nan=False)
    on_review_timeout: Literal["approve", "cancel"] = "cancel"

    @field_validator("prompt")
    @classmethod
    def _says_something(cls, prompt: str) -> str:
        if not prompt:
            raise ValueError("is empty; ask a question about the data")
        return prompt


class PlanFeedback(_Message):
    """The person's verdict on the plan that waits for review."""

    type: Literal["plan_feedback"]
    approved: bool
    feedback: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)] = ""


class Attach(_Message):
    """Stream the events after `after_event`, then the new ones until the terminal event."""

    type: Literal["attach"]
    after_event: int = Field(0, ge=0)


class Cancel(_Message):
    """End the job; its terminal event is `cancelled`."""

    type: Literal["cancel"]


class Status(_Message):
    """Ask what the job does now."""

    type: Literal["status"]


Request = Analyze | PlanFeedback | Attach | Cancel | Status
_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])


def parse_request(payload: Any, *, max_prompt_chars: int) -> Request:
    """The typed request, or `BadRequestError` that lists every problem in its details."""
    if not isinstance(payload, dict):
        raise BadRequestError("The request must be a JSON object with a field 'type'.")
    try:
        request = _REQUEST.validate_python(payload)
    except ValidationError as error:
        details = [_sentence(problem) for problem in error.errors(include_url=False)]
        raise BadRequestError(details[0], code="invalid_request", details=details) from None
    if isinstance(request, Analyze) and len(request.prompt) > max_prompt_chars:
        raise BadRequestError(
            f"The prompt has {len(request.prompt)} characters; at most {max_prompt_chars} are "
            "accepted.",
            code="prompt_too_long",
        )
    return request


def _sentence(problem: Any) -> str:
    """One pydantic problem as a sentence that names the field and never repeats a long value."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "union_tag_not_found":
        return "Field 'type' is missing; use analyze, plan_feedback, attach, cancel or status."
    if kind == "union_tag_invalid":
        tag = str(context.get("tag", ""))[:40]
        return f"Unknown type '{tag}'; use analyze, plan_feedback, attach, cancel or status."
    field = ".".join(str(part) for part in problem["loc"][1:]) or "request"
    if kind == "missing":
        return f"Field '{field}' is missing."
    if kind == "extra_forbidden":
        return f"Field '{field}' is unknown."
    if kind == "literal_error":
        given = str(problem["input"])[:40]
        return f"Field '{field}' must be {context['expected']}, not '{given}'."
    if kind == "value_error":
        return f"Field '{field}' {context['error']}."
    return f"Field '{field}': {problem['msg']}."
