"""What S3's refusals mean for the bucket of a stack."""

from botocore.exceptions import BotoCoreError, ClientError

from client.aws import code_of, explanation, is_denied
from client.errors import AccessError, InputError
from client.errors import ClientError as OwnError
from client.stack import Stack


def bucket_refusal(stack: Stack, error: ClientError | BotoCoreError, doing: str) -> OwnError:
    """The error to raise; `doing` says what failed, such as `reading session X`."""
    bucket, account = stack.artifacts_bucket, stack.account_id
    if isinstance(error, ClientError):
        if code_of(error) == "NoSuchBucket":
            return InputError(
                f"The bucket {bucket} does not exist; deploy the stack, or check --stack and "
                "--outputs."
            )
        if code_of(error) in {"PermanentRedirect", "AuthorizationHeaderMalformed", "301"}:
            return InputError(f"The bucket {bucket} is not in {stack.region}; check the outputs.")
        if is_denied(error):
            return AccessError(
                f"S3 refused {doing}: it does not exist, is not yours, or the bucket {bucket} "
                f"does not belong to account {account}."
            )
    return explanation(error, doing)
