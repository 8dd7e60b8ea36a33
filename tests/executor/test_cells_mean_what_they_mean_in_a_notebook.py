from __future__ import annotations

import base64
import json

from tests.executor.running_executor import RunningExecutor


def test_state_persists_between_executions(executor: RunningExecutor) -> None:
    executor.run("x = 20")
    executor.run("x += 22")
    assert executor.run("x").result == "42"


def test_only_the_last_expression_is_a_result(executor: RunningExecutor) -> None:
    run = executor.run("1\n2")
    assert run.result == "2"
    assert executor.run("3;").all("result") == []


def test_a_table_has_a_text_and_an_html_form(executor: RunningExecutor) -> None:
    data = executor.run("import pandas as pd; pd.DataFrame({'이름': [1]})").one("result")["data"]
    assert "이름" in data["text/plain"]
    assert "<table" in data["text/html"]


def test_await_works_at_the_top_level(executor: RunningExecutor) -> None:
    assert executor.run("import asyncio\nawait asyncio.sleep(0, 'done')").result == "'done'"


def test_display_shows_between_what_is_printed_before_and_after(executor: RunningExecutor) -> None:
    run = executor.run("print('before'); display({'a': 1}); print('after')")
    shown = [event["type"] for event in run.events]
    assert shown == ["queued", "started", "stdout", "display", "stdout", "finished"]


def test_a_figure_is_displayed_as_png(executor: RunningExecutor) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('매출')\n'last'"
    run = executor.run(code)
    image = base64.b64decode(run.one("display")["data"]["image/png"])
    assert image.startswith(b"\x89PNG")
    assert "Glyph" not in run.stderr
    assert executor.run("plt.get_fignums()").result == "[]"


def test_output_of_child_processes_is_captured(executor: RunningExecutor) -> None:
    code = "print('one')\nsubprocess.run(['echo', 'two'])\nos.system('echo three >&2');"
    run = executor.run(f"import os, subprocess\n{code}")
    assert run.stdout == "one\ntwo\n"
    assert run.stderr == "three\n"


def test_a_shell_line_runs(executor: RunningExecutor) -> None:
    assert executor.run("!echo from the shell").stdout.strip() == "from the shell"


def test_an_error_names_the_line_of_the_cell(executor: RunningExecutor) -> None:
    run = executor.run("def f(d):\n    return d['no such key']\n\nf({})")
    assert run.status == "error"
    error = run.error
    assert (error["name"], error["message"], error["line"]) == ("KeyError", "'no such key'", 2)
    assert "d['no such key']" in error["traceback"]
    assert "site-packages" not in error["traceback"]


def test_an_error_inside_a_library_names_the_line_that_led_there(executor: RunningExecutor) -> None:
    run = executor.run("import json\n\njson.loads('{')")
    assert run.error["line"] == 3
    assert run.error["name"] == "JSONDecodeError"


def test_a_syntax_error_names_its_line(executor: RunningExecutor) -> None:
    run = executor.run("x = 1\ny = = 2")
    assert (run.error["name"], run.error["line"]) == ("SyntaxError", 2)


def test_an_exception_whose_text_fails_is_reported_all_the_same(executor: RunningExecutor) -> None:
    code = "class Broken(Exception):\n    def __str__(self): raise ValueError\nraise Broken"
    assert executor.run(code).error["name"] == "Broken"
    assert executor.run("1").result == "1"


def test_input_is_refused_instead_of_waiting(executor: RunningExecutor) -> None:
    run = executor.run("input('your name? ')")
    assert run.error["name"] == "InputNotAvailableError"


def test_bash_runs_in_the_workspace_with_its_own_exit_code(executor: RunningExecutor) -> None:
    run = executor.run("pwd; [[ a == a ]] && echo bash; exit 7", "bash")
    assert run.stdout == f"{executor.workspace}\nbash\n"
    assert run.status == "error"
    assert run.error["message"] == "the command exited with code 7"


def test_python_runs_in_the_workspace(executor: RunningExecutor) -> None:
    run = executor.run("from pathlib import Path; sorted(p.name for p in Path('.').iterdir())")
    assert run.result == "['artifacts', 'data']"


def test_the_toolkit_can_be_imported(executor: RunningExecutor) -> None:
    assert executor.run("from executor import toolkit; callable(toolkit.load)").result == "True"


def test_the_session_describes_itself(executor: RunningExecutor) -> None:
    session = executor.describe()
    assert session["state"] == "open"
    assert session["limits"]["processes"] == 40
    assert session["versions"]["pandas"]
    assert session["executions"]["running"] == 0
    assert session["kernel"]["generation"] >= 1
    assert "token" not in json.dumps(session).lower()
