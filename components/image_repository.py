"""The ECR repository of one image."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.deployment import Deployment

# AgentCore pulls an image again from time to time and old runtime versions keep their digest, so
# an image must outlive its last user: untagged ones (a failed push) go, tagged ones are counted.
KEPT_IMAGES = 50
UNTAGGED_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class ImageRepositoryArgs:
    """A private repository for the image that plays `role`."""

    deployment: Deployment
    role: str


class ImageRepository(pulumi.ComponentResource):
    """Immutable tags, scan on push, encryption, and a limit on how much is kept."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("deepinsight:index:ImageRepository", name, None, opts)
        protected = args.deployment.protected
        repository = aws.ecr.Repository(
            f"{name}-repository",
            name=f"{args.deployment.prefix}/{args.role}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                scan_on_push=True
            ),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="AES256")
            ],
            force_delete=not protected,
            opts=pulumi.ResourceOptions(parent=self, protect=protected),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=json.dumps({"rules": _lifecycle_rules()}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = repository.arn
        self.url = repository.repository_url
        self.register_outputs({"arn": self.arn, "url": self.url})


def _lifecycle_rules() -> list[dict[str, object]]:
    return [
        {
            "rulePriority": 1,
            "description": f"untagged images go after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"the newest {KEPT_IMAGES} images stay",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_IMAGES,
            },
            "action": {"type": "expire"},
        },
    ]
