"""Rules about names, tags and accounts."""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.agent_runtime import runtime_name_problem
from stack.problem import Problem, cut, shown, told

if TYPE_CHECKING:
    from stack.config import StackConfig

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ACCOUNT = re.compile(r"[0-9]{12}")
LONGEST_PREFIX, LONGEST_STACK, LONGEST_RUNTIME_NAME = 20, 20, 48
# Source: CreateSecurityGroup in the EC2 API reference, CreateLoadBalancer in that of ELBv2.
RESERVED_STARTS = ("sg-", "internal-")
DEFAULT_TAGS = ("Application", "Environment", "Owner", "Project", "ManagedBy")
# Source: "Tag naming limits and requirements", Tagging AWS Resources User Guide.
LONGEST_TAG, LONGEST_TAG_VALUE, MOST_TAGS = 128, 256, 50
TAG_MARKS = "_.:/=+-@"
TAG_ALPHABET = "letters, digits, spaces and _ . : / = + - @"
# Most resources carry a Name as well.
MOST_OWN_TAGS = MOST_TAGS - len(DEFAULT_TAGS) - 1


def _prefix(config: "StackConfig") -> Iterator[Problem]:
    prefix = config.name_prefix
    if not NAME.fullmatch(prefix) or len(prefix) > LONGEST_PREFIX:
        yield Problem(
            "namePrefix",
            f"{shown(prefix)}: use at most {LONGEST_PREFIX} lower-case letters, digits and "
            "single hyphens, starting with a letter",
        )
    # A hyphen and the stack's name follow it.
    if f"{prefix}-".startswith(RESERVED_STARTS):
        yield Problem(
            "namePrefix",
            f"{shown(prefix)}: AWS reserves names that start with {' or '.join(RESERVED_STARTS)}; "
            "choose another start, like deep-insight",
        )


def _stack(config: "StackConfig") -> Iterator[Problem]:
    if not NAME.fullmatch(config.stack) or len(config.stack) > LONGEST_STACK:
        yield Problem(
            "stack",
            f"the stack's name {shown(config.stack)} becomes part of every name; use at most "
            f"{LONGEST_STACK} lower-case letters, digits and single hyphens, and a letter first",
        )


def _runtime_name(config: "StackConfig") -> Iterator[Problem]:
    if problem := runtime_name_problem(config.runtime_name):
        yield Problem("runtimeName", told(problem, config.runtime_name))


def _full_runtime_name(config: "StackConfig") -> Iterator[Problem]:
    name = config.full_runtime_name
    if len(name) > LONGEST_RUNTIME_NAME:
        longest = LONGEST_RUNTIME_NAME - len(config.stack) - 1
        yield Problem(
            "runtimeName",
            f"{shown(name)} is longer than {LONGEST_RUNTIME_NAME} characters; use at most "
            f"{longest}",
        )


def _owner(config: "StackConfig") -> Iterator[Problem]:
    yield from _tag_value("owner", config.owner)


def _tags(config: "StackConfig") -> Iterator[Problem]:
    for tag, value in config.tags.items():
        if not 1 <= len(tag) <= LONGEST_TAG or not _in_alphabet(tag):
            yield Problem(
                "tags",
                f"{shown(tag)} is not the key of a tag; use 1 to {LONGEST_TAG} characters out of "
                f"{TAG_ALPHABET}",
            )
            continue
        if tag.lower().startswith("aws:"):
            yield Problem(
                "tags",
                f"{cut(tag)}: AWS reserves tags that start with aws:; choose another start",
            )
        yield from _tag_value(f"tags.{cut(tag)}", value)


def _set_of_tags(config: "StackConfig") -> Iterator[Problem]:
    # IAM takes keys that differ in case only for the same one.
    taken = {tag.lower(): tag for tag in DEFAULT_TAGS}
    for tag in config.tags:
        earlier = taken.setdefault(tag.lower(), tag)
        if earlier in DEFAULT_TAGS:
            yield Problem("tags", f"{cut(tag)} is set by the program; choose another tag")
        elif earlier != tag:
            yield Problem(
                "tags",
                f"{cut(tag)} and {cut(earlier)} are the same tag for IAM; leave one of them out",
            )
    own = len(config.tags.keys() - {"Name"})
    if own > MOST_OWN_TAGS:
        yield Problem(
            "tags",
            f"{own} tags are too many: AWS takes {MOST_TAGS} of each resource and the program "
            f"sets {MOST_TAGS - MOST_OWN_TAGS}; use at most {MOST_OWN_TAGS}",
        )


def _tag_value(key: str, value: str) -> Iterator[Problem]:
    if len(value) > LONGEST_TAG_VALUE or not _in_alphabet(value):
        yield Problem(
            key,
            f"{shown(value)} is not the value of a tag; use at most {LONGEST_TAG_VALUE} "
            f"characters out of {TAG_ALPHABET}",
        )


def _in_alphabet(text: str) -> bool:
    return all(char in TAG_MARKS or unicodedata.category(char)[0] in "LNZ" for char in text)


def _accounts(config: "StackConfig") -> Iterator[Problem]:
    for account in config.allowed_account_ids:
        if not ACCOUNT.fullmatch(account):
            yield Problem(
                "allowedAccountIds",
                f"{shown(account)} is not an account id of 12 digits; write it like 123456789012",
            )


ONE_KEY = (_prefix, _stack, _runtime_name, _owner, _tags, _set_of_tags, _accounts)
SEVERAL_KEYS = (_full_runtime_name,)
