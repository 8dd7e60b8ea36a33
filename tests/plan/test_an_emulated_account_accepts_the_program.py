"""Both stacks applied to one emulated account, and what that account then says about itself."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from agent_runtime.settings import check_environment
from plan.recording import Recording, Resource
from tests.plan.emulated_account import NOT_EMULATED, WITHOUT_A_CALL, EmulatedAccount
from tests.recorded_stacks import recorded_stack

RULES = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": False,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": True,
}
FULL_DEV = ("warm=1", "alarms=true", "alarmEmail=team@example.com", "nat=none")


class Stack:
    """A recording and the account it was applied to."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.account = EmulatedAccount(recording.region)
        self.account.apply(recording)

    def real(self, resource: Resource, output: str = "id") -> str:
        """An output of a resource in the account's terms."""
        return str(self.account.translate(resource.text(output)))

    def client(self, service: str) -> Any:
        return self.account.client(service)


@pytest.fixture(scope="module")
def stacks() -> Iterator[dict[str, Stack]]:
    """dev with everything that can be switched on, and prod, side by side in one account."""
    with mock_aws():
        yield {
            "dev": Stack(recorded_stack("dev", *FULL_DEV)),
            "prod": Stack(recorded_stack("prod")),
        }


@pytest.fixture(params=["dev", "prod"])
def stack(request: pytest.FixtureRequest, stacks: dict[str, Stack]) -> Stack:
    found: Stack = stacks[request.param]
    return found


def runtime_of(stack: Stack) -> dict[str, Any]:
    """The runtime as the account describes it."""
    runtime = stack.recording.one("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime")
    identifier = stack.real(runtime, "agentRuntimeId")
    control = stack.client("bedrock-agentcore-control")
    described: dict[str, Any] = control.get_agent_runtime(agentRuntimeId=identifier)
    return described


def test_every_resource_exists_but_those_listed_by_name(stack: Stack) -> None:
    declared = {item.urn for item in stack.recording.sorted() if item.custom}
    missing = declared - set(stack.account.applied)
    names = sorted(stack.recording.resources[urn].type for urn in missing)
    assert Counter(names) == {
        "aws:cloudwatch/logDelivery:LogDelivery": 2,
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": 1,
        "aws:cloudwatch/logDeliverySource:LogDeliverySource": 2,
        "docker:index/image:Image": 2,
        "pulumi:providers:aws": 1,
    }
    reasons = {*NOT_EMULATED.values(), *WITHOUT_A_CALL.values()}
    assert set(stack.account.left_out.values()) <= reasons
    assert len(stack.account.left_out) == len(missing) + 1, "and one call on the default group"
    assert len(stack.account.applied) > 110


def test_the_runtime_is_told_only_of_things_that_exist(stack: Stack) -> None:
    told = runtime_of(stack)["environmentVariables"]
    declared = stack.recording.one("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime")
    assert set(told) == set(declared.inputs["environmentVariables"])
    assert check_environment(told) == []
    ec2, ecs, elb = (stack.client(name) for name in ("ec2", "ecs", "elbv2"))
    subnets = told["DEEP_INSIGHT_EXECUTOR_SUBNET_IDS"].split(",")
    assert len(ec2.describe_subnets(SubnetIds=subnets)["Subnets"]) == len(subnets)
    groups = told["DEEP_INSIGHT_EXECUTOR_SECURITY_GROUP_IDS"].split(",")
    assert len(ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]) == len(groups)
    task = told["DEEP_INSIGHT_EXECUTOR_TASK_DEFINITION_ARN"]
    containers = ecs.describe_task_definition(taskDefinition=task)["taskDefinition"]
    names = [item["name"] for item in containers["containerDefinitions"]]
    assert told["DEEP_INSIGHT_EXECUTOR_CONTAINER_NAME"] in names
    cluster = told["DEEP_INSIGHT_ECS_CLUSTER_ARN"]
    assert ecs.describe_clusters(clusters=[cluster])["clusters"][0]["status"] == "ACTIVE"
    arn = told["DEEP_INSIGHT_EXECUTOR_TARGET_GROUP_ARN"]
    assert elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]["Port"] == 8080
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    assert told["DEEP_INSIGHT_EXECUTOR_URL"] in {f"http://{item['DNSName']}" for item in balancers}
    stack.client("s3").head_bucket(Bucket=told["DEEP_INSIGHT_ARTIFACTS_BUCKET"])


def test_a_pinned_endpoint_serves_the_declared_version(stacks: dict[str, Stack]) -> None:
    stack = stacks["prod"]
    (endpoint,) = stack.recording.of_type(
        "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint"
    )
    described = stack.client("bedrock-agentcore-control").get_agent_runtime_endpoint(
        agentRuntimeId=stack.real(endpoint, "agentRuntimeId"), endpointName=endpoint.text("name")
    )
    assert described["targetVersion"] == endpoint.text("agentRuntimeVersion")


def test_each_security_group_has_the_declared_rules_and_no_other(stack: Stack) -> None:
    declared = Counter(
        (
            stack.real(rule, "securityGroupId"),
            egress,
            rule.inputs["fromPort"],
            stack.account.translate(
                rule.text("referencedSecurityGroupId")
                or rule.text("prefixListId")
                or rule.text("cidrIpv4")
            ),
        )
        for type_, egress in RULES.items()
        for rule in stack.recording.of_type(type_)
    )
    vpc = stack.real(stack.recording.one("aws:ec2/vpc:Vpc"))
    ec2 = stack.client("ec2")
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    found: Counter[tuple[str, bool, int, str]] = Counter()
    for group in groups:
        for egress, key in ((False, "IpPermissions"), (True, "IpPermissionsEgress")):
            for rule in group[key]:
                peers = [item["GroupId"] for item in rule["UserIdGroupPairs"]]
                peers += [item["PrefixListId"] for item in rule["PrefixListIds"]]
                peers += [item["CidrIp"] for item in rule["IpRanges"]]
                for peer in peers:
                    found[(group["GroupId"], egress, rule.get("FromPort", -1), peer)] += 1
    assert found == declared
    assert len(groups) == len(stack.recording.of_type("aws:ec2/securityGroup:SecurityGroup")) + 1


def test_subnets_lie_in_the_declared_zones_and_lead_where_they_should(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    for subnet in stack.recording.of_type("aws:ec2/subnet:Subnet"):
        identifier = stack.real(subnet)
        (described,) = ec2.describe_subnets(SubnetIds=[identifier])["Subnets"]
        assert described["AvailabilityZoneId"] == subnet.inputs["availabilityZoneId"]
        assert described["MapPublicIpOnLaunch"] is False
        chosen = [{"Name": "association.subnet-id", "Values": [identifier]}]
        (table,) = ec2.describe_route_tables(Filters=chosen)["RouteTables"]
        ways = {str(route.get("GatewayId", "nat"))[:3] for route in table["Routes"]}
        if "public" in subnet.name:
            assert "igw" in ways
        else:
            assert "igw" not in ways
            assert ("nat" in ways) is (stack.recording.stack == "prod")


def test_every_private_route_table_has_the_gateway_to_s3(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    tables = {
        stack.real(item)
        for item in stack.recording.of_type("aws:ec2/routeTable:RouteTable")
        if "private" in item.name
    }
    (gateway,) = (
        item
        for item in stack.recording.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
        if item.inputs["vpcEndpointType"] == "Gateway"
    )
    chosen = [stack.real(gateway)]
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=chosen)["VpcEndpoints"]
    assert set(described["RouteTableIds"]) == tables


def test_buckets_are_closed_versioned_and_encrypted(stack: Stack) -> None:
    s3 = stack.client("s3")
    for bucket in stack.recording.of_type("aws:s3/bucket:Bucket"):
        name = bucket.text("bucket")
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
        assert rules["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        assert any(item["Sid"] == "TlsOnly" for item in policy["Statement"])
        assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]


def test_every_log_group_forgets_in_time(stack: Stack) -> None:
    logs = stack.client("logs")
    for group in stack.recording.of_type("aws:cloudwatch/logGroup:LogGroup"):
        name = stack.real(group, "name")
        found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        (described,) = [item for item in found if item["logGroupName"] == name]
        assert described["retentionInDays"] == group.inputs["retentionInDays"]


def test_the_load_balancer_forwards_to_the_targets_and_keeps_connections(stack: Stack) -> None:
    elb = stack.client("elbv2")
    balancer = stack.recording.one("aws:lb/loadBalancer:LoadBalancer")
    arn = stack.real(balancer, "arn")
    told = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in told}
    assert attributes["idle_timeout.timeout_seconds"] == str(balancer.inputs["idleTimeout"])
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    protected = "true" if stack.recording.stack == "prod" else "false"
    assert attributes["deletion_protection.enabled"] == protected
    (listener,) = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    group = listener["DefaultActions"][0]["TargetGroupArn"]
    told = elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    sticky = {item["Key"]: item["Value"] for item in told}
    assert sticky["stickiness.enabled"] == "true"
    assert sticky["stickiness.type"] == "lb_cookie"


def test_the_keeper_has_its_handler_and_is_run_by_its_rules(stack: Stack) -> None:
    keeper = stack.recording.one("aws:lambda/function:Function")
    sent = stack.account.archives[keeper.urn]
    module = keeper.inputs["handler"].rsplit(".", 1)[0].replace(".", "/")
    assert f"{module}.py" in zipfile.ZipFile(io.BytesIO(sent)).namelist()
    name = keeper.text("name")
    described = stack.client("lambda").get_function_configuration(FunctionName=name)
    assert described["Environment"]["Variables"]["KEEPER_CLUSTER_ARN"].startswith("arn:aws:ecs:")
    policy = json.loads(
        stack.client("lambda").get_policy(FunctionName=keeper.text("name"))["Policy"]
    )
    callers = {item["Condition"]["ArnLike"]["AWS:SourceArn"] for item in policy["Statement"]}
    events = stack.client("events")
    running = {
        rule["Arn"]
        for rule in events.list_rules(NamePrefix=name)["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if target["Arn"] == described["FunctionArn"]
    }
    assert callers == running
    assert running


def test_alarms_reach_a_topic_that_lets_them_in(stack: Stack) -> None:
    alarms = stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
    names = {
        item.text("name")
        for item in stack.recording.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    own = [alarm for alarm in alarms if alarm["AlarmName"] in names]
    assert len(own) == len(names) > 3
    sns = stack.client("sns")
    for topic in {arn for alarm in own for arn in (*alarm["AlarmActions"], *alarm["OKActions"])}:
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        assert policy["Statement"][0]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_roles_hold_exactly_the_declared_policies(stack: Stack) -> None:
    iam = stack.client("iam")
    for policy in stack.recording.of_type("aws:iam/rolePolicy:RolePolicy"):
        role = policy.text("role")
        assert iam.list_role_policies(RoleName=role)["PolicyNames"] == [policy.text("name")]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        held = iam.get_role_policy(RoleName=role, PolicyName=policy.text("name"))
        assert held["PolicyDocument"] == json.loads(
            stack.account.translate(policy.inputs["policy"])
        )


def test_secrets_and_repositories_are_there(stack: Stack) -> None:
    ecr = stack.client("ecr")
    for repository in stack.recording.of_type("aws:ecr/repository:Repository"):
        name = repository.text("name")
        (described,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
        assert described["imageTagMutability"] == "IMMUTABLE"
        assert json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    for secret in stack.recording.of_type("aws:secretsmanager/secret:Secret"):
        held = stack.client("secretsmanager").get_secret_value(SecretId=secret.text("name"))
        assert len(held["SecretString"]) >= 32
