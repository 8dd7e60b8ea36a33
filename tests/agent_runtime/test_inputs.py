"""Inputs are confined to the allowed folders and checked before anything starts."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.executors.inputs import local_inputs
from agent_runtime.messages import BadRequestError
from tests.agent_runtime.running_runtime import Runtime, request


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "orders.csv").write_text("a,b\n1,2\n")
    (folder / "empty.csv").touch()
    (folder / "folder").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "inside.csv").symlink_to(folder / "orders.csv")
    os.mkfifo(folder / "pipe.csv")
    return folder


def refused(uri: str, root: Path) -> str:
    with pytest.raises(BadRequestError) as caught:
        local_inputs([uri], [root])
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.csv", "does not exist."),
        ("empty.csv", "is empty."),
        ("folder", "is a directory; name the files in it."),
        ("pipe.csv", "is not a regular file."),
        ("link.csv", "is outside the folders that data may come from"),
        ("../secret.csv", "is outside the folders that data may come from"),
        ("folder/../../secret.csv", "is outside the folders that data may come from"),
    ],
)
def test_an_unfit_file_gets_one_sentence(root: Path, name: str, sentence: str) -> None:
    assert sentence in refused(f"file://{root}/{name}", root)


@pytest.mark.parametrize("uri", ["/etc/passwd", "s3://bucket/key", "http://x/y", "file:relative"])
def test_only_absolute_file_uris_are_accepted(root: Path, uri: str) -> None:
    assert "file: URI" in refused(uri, root)


def test_a_link_within_the_root_and_a_root_that_is_a_file_are_accepted(root: Path) -> None:
    (linked,) = local_inputs([(root / "inside.csv").as_uri()], [root])
    (single,) = local_inputs([(root / "orders.csv").as_uri()], [root / "orders.csv"])
    assert linked.path == single.path == root / "orders.csv"


def test_files_of_the_same_name_get_different_names_in_the_workspace(root: Path) -> None:
    (root / "folder" / "orders.csv").write_text("a\n1\n")
    uris = [(root / "orders.csv").as_uri(), (root / "folder" / "orders.csv").as_uri()]
    names = [item.workspace_path for item in local_inputs(uris, [root])]
    assert names == ["data/orders.csv", "data/orders_2.csv"]


def test_a_korean_name_arrives_in_nfc(root: Path) -> None:
    decomposed = "\u1112\u1161\u11ab\u1100\u1173\u11af.csv"
    (root / decomposed).write_text("a\n1\n")
    (item,) = local_inputs([(root / decomposed).as_uri()], [root])
    assert item.name == "한글.csv"


def test_every_unfit_input_is_listed(chatting_runtime: Runtime) -> None:
    missing = (chatting_runtime.data / "missing.csv").as_uri()
    answer = chatting_runtime.session().post(**request([missing, "file:///etc/passwd"]))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_data"
    assert len(answer.json()["error"]["details"]) == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_uri_reaches_a_file_outside_the_roots(tmp_path_factory: object, text: str) -> None:
    root = Path("/nonexistent-root")
    for uri in (text, f"file://{text}", f"file:///nonexistent-root/{quote(text)}"):
        with pytest.raises(BadRequestError):
            local_inputs([uri], [root])
