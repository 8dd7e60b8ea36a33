"""Why a job ends early. Each message is one sentence that a caller may read."""


class JobError(Exception):
    """Ends the job as `failed`; `code` is stable and for programs."""

    code = "internal_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class DataError(JobError):
    """No input can be analysed."""

    code = "data_error"


class QuestionError(JobError):
    """The data cannot answer the question."""

    code = "question_not_answerable"


class AgentError(JobError):
    """An agent ended without doing its part."""

    code = "agent_failed"


class StepTimeoutError(JobError):
    """An agent, or the whole job, took longer than its limit."""

    code = "timed_out"


class LimitError(JobError):
    """The workflow used up its node executions."""

    code = "limit_reached"


class ModelError(JobError):
    """The model cannot go on: it stalled, stayed throttled, or refused."""

    code = "model_failed"


class ModelStalledError(ModelError):
    """No chunk arrived within the stall time-out."""

    code = "model_stalled"


class ModelUnavailableError(ModelError):
    """The model's service failed in a way that another attempt can cure."""

    code = "model_unavailable"


class ExecutorError(JobError):
    """The executor cannot be started, or refused a request."""

    code = "executor_failed"


class ExecutorLostError(ExecutorError):
    """The executor is gone and was replaced as often as allowed."""

    code = "executor_lost"


class ExecutorCapacityError(ExecutorError):
    """Fargate had no capacity for an executor within the time allowed."""

    code = "executor_no_capacity"


class ExecutorQuotaError(ExecutorError):
    """A quota of the account does not allow another executor."""

    code = "executor_quota_reached"


class ExecutorConfigurationError(ExecutorError):
    """An executor can never start until the deployment is mended."""

    code = "executor_misconfigured"


class ExecutorStartError(ExecutorError):
    """The executor's task stopped, or was not reachable in time."""

    code = "executor_not_started"


class ToolkitError(Exception):
    """The analysis toolkit refused; the agent that called the tool can mend its input."""


class JobCancelledError(Exception):
    """Ends the job as `cancelled`, with the reason."""
