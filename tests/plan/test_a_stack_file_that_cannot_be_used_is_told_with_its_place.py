"""Stack files as people leave them behind: half written, copied together, of another editor."""

import shutil
from pathlib import Path

import pytest

from plan import command_line
from plan.program import record
from plan.project import ROOT, PlanInputError, read_stack, stack_names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program's folder without a stack."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def refused(folder: Path, content: str | bytes, *overrides: str) -> list[str]:
    """What is said about a stack file with that content."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / "Pulumi.dev.yaml").write_bytes(raw)
    with pytest.raises(PlanInputError) as refusal:
        record("dev", overrides, root=folder)
    return list(refusal.value.problems)


@pytest.mark.parametrize(
    "content", ["config:\n  nat: none\n".encode("utf-16"), "config:\n  owner: é\n".encode("latin1")]
)
def test_bytes_that_are_no_utf_8(folder: Path, content: bytes) -> None:
    assert refused(folder, content) == ["Pulumi.dev.yaml is not UTF-8 text; save it as UTF-8."]


@pytest.mark.parametrize("block", ["\n  - nat: none", " nat", " 0", " []"])
def test_a_configuration_that_is_no_mapping(folder: Path, block: str) -> None:
    assert refused(folder, f"config:{block}\n") == [
        "Pulumi.dev.yaml: config must be a mapping; write lines like `deep-insight:nat: none`."
    ]


def test_a_file_that_is_no_mapping(folder: Path) -> None:
    assert refused(folder, "- config\n") == [
        "Pulumi.dev.yaml must hold a YAML mapping; start it with `config:`."
    ]


def test_keys_that_are_no_text(folder: Path) -> None:
    way_out = "docs/configuration.md lists the keys."
    assert refused(folder, "config:\n  1: 2\n  no: 3\n") == [
        f"Pulumi.dev.yaml: the key 1 of config is no text; {way_out}",
        f"Pulumi.dev.yaml: the key False of config is no text; {way_out}",
    ]


@pytest.mark.parametrize("value", ["&a [*a]", "&a {b: *a}", "[" * 5000 + "]" * 5000])
def test_a_value_without_an_end(folder: Path, value: str) -> None:
    assert refused(folder, f"config:\n  tags: {value}\n") == [
        "Pulumi.dev.yaml holds a value that contains itself or is nested too deeply;"
        " write it without that."
    ]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("config:\n  nat: none: more\n", "line 2, column 12"),
        ("config:\n  tags: {a: b\n", "line 3, column 1"),
        ("config:\n  tags: *other\n", "line 2, column 9"),
        ("config:\n  tags: !!python/name:os.system\n", "line 2, column 9"),
        ("config:\n  executorCpu: !!int many\n", "line 2, column 16"),
        ("config:\n  nat: no\x07ne\n", "line 2, column 10"),
    ],
)
def test_what_is_no_yaml_is_told_with_line_and_column(
    folder: Path, content: str, place: str
) -> None:
    (sentence,) = refused(folder, content)
    assert sentence.startswith(f"Pulumi.dev.yaml, {place}: ")
    assert sentence.endswith("; correct the file there.")
    assert "\n" not in sentence


def test_a_key_that_is_there_twice(folder: Path) -> None:
    assert refused(folder, "config:\n  nat: none\n  owner: me\n  'nat': single\n") == [
        "Pulumi.dev.yaml, line 4, column 3: the key nat is in line 2 already;"
        " correct the file there."
    ]


def test_an_entry_that_is_there_twice(folder: Path) -> None:
    (sentence,) = refused(folder, "config:\n  tags:\n    team: a\n    team: b\n")
    assert sentence.startswith("Pulumi.dev.yaml, line 4, column 5: the key team is in line 3")


def test_a_key_that_overrides_a_merged_one_is_not_there_twice(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text(
        "base: &base {nat: none, owner: me}\nconfig:\n  <<: *base\n  nat: single\n"
    )
    configuration, problems = read_stack("dev", root=folder)
    assert problems == {}
    assert configuration.values["deep-insight:nat"] == "single"
    assert configuration.values["deep-insight:owner"] == "me"


def test_a_folder_in_place_of_the_file(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").mkdir()
    with pytest.raises(PlanInputError) as refusal:
        read_stack("dev", root=folder)
    assert refusal.value.problems == (
        "Pulumi.dev.yaml cannot be read: Is a directory; put a file there that you may read.",
    )


def test_an_override_mends_what_the_file_has_wrong(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text("config:\n  deep-insight:executorCpu: many\n")
    _, problems = read_stack("dev", ["executorCpu=1024"], root=folder)
    assert problems == {}


def test_a_wrong_type_is_told_once(folder: Path) -> None:
    assert refused(folder, "config:\n  deep-insight:executorCpu: many\n") == [
        "executorCpu: 'many': write a whole number"
    ]


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "config:\n"])
def test_an_empty_file_is_a_stack_of_defaults(folder: Path, content: str) -> None:
    (folder / "Pulumi.dev.yaml").write_text(content)
    configuration, problems = read_stack("dev", root=folder)
    assert problems == {}
    assert configuration.values["deep-insight:nat"] == "none"


def test_a_date_without_quotes_is_text(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text("config:\n  owner: 2026-01-31\n")
    configuration, problems = read_stack("dev", root=folder)
    assert problems == {}
    assert configuration.values["deep-insight:owner"] == "2026-01-31"


def test_an_encrypted_value_that_a_rule_asks_for(folder: Path) -> None:
    encrypted = "config:\n  deep-insight:alarms: true\n  deep-insight:alarmEmail: {secure: v1:x}\n"
    assert refused(folder, f"{encrypted}  deep-insight:executorCpu:\n    secure: v1:y\n") == [
        f"{key} is encrypted in Pulumi.dev.yaml and cannot be read here; pass --config {key}=VALUE"
        for key in ("executorCpu", "alarmEmail")
    ]
    (sentence,) = refused(folder, encrypted, "alarmEmail=nobody")
    assert sentence.startswith("alarmEmail: 'nobody' is not an e-mail address")


def test_an_encrypted_region(folder: Path) -> None:
    assert refused(folder, "config:\n  aws:region: {secure: v1:x}\n") == [
        "aws:region is encrypted in Pulumi.dev.yaml and cannot be read here;"
        " pass --config aws:region=VALUE"
    ]


def test_an_encrypted_entry_of_a_map(folder: Path) -> None:
    assert refused(folder, "config:\n  existingVpc: {vpcId: {secure: v1:x}}\n") == [
        "existingVpc is encrypted in Pulumi.dev.yaml and cannot be read here;"
        " pass --config existingVpc=VALUE"
    ]


def test_an_encrypted_key_that_does_not_exist_is_only_misspelt(folder: Path) -> None:
    (sentence,) = refused(folder, "config:\n  alarmMail: {secure: v1:x}\n")
    assert sentence == "alarmMail: there is no such key; did you mean alarmEmail?"


def test_an_encrypted_value_without_a_rule_stays_secret(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text("config:\n  tags: {team: {secure: v1:x}}\n")
    recording = record("dev", root=folder)
    assert recording.configuration["deep-insight:tags"] == "[secret]"


def test_the_name_of_a_stack_may_hold_dots(folder: Path) -> None:
    (folder / "Pulumi.my.stack.yaml").write_text("config: {}\n")
    assert stack_names(folder) == ["my.stack"]
    configuration, _ = read_stack("my.stack", root=folder)
    assert configuration.stack == "my.stack"
    with pytest.raises(PlanInputError, match=r"choose my\.stack\."):
        read_stack("my", root=folder)


def test_a_folder_without_a_stack_says_how_to_make_one(folder: Path) -> None:
    with pytest.raises(PlanInputError) as refusal:
        read_stack("dev", root=folder)
    assert refusal.value.problems == (
        "There is no stack 'dev' (no Pulumi.dev.yaml), nor any other; `pulumi stack init dev`"
        " makes it.",
    )


def test_the_files_of_a_stack_have_its_whole_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command_line, "OUTPUT", tmp_path)
    paths = command_line.write_plan("my.stack", text="{}", svg="<svg/>", chart="")
    assert [path.name for path in paths] == [
        "plan-my.stack.json", "plan-my.stack.svg", "plan-my.stack.mmd",
    ]  # fmt: skip
