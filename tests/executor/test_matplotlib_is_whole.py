"""The kernel's matplotlib was imported without some help texts; nothing else is missing."""

from tests.executor.running_executor import RunningExecutor


def test_properties_of_artists_are_set_and_told(executor: RunningExecutor) -> None:
    run = executor.run(
        "import matplotlib.pyplot as plt\n"
        "_, axes = plt.subplots()\n"
        "(line,) = axes.plot([1, 2])\n"
        "axes.set(title='Sales', xlim=(0, 9)); line.set(color='red')\n"
        "plt.setp(line)\n"
        "print(axes.get_title(), axes.get_xlim(), line.get_color()); plt.close()"
    )
    assert "linewidth or lw: float" in run.stdout
    assert run.stdout.splitlines()[-1] == "Sales (np.float64(0.0), np.float64(9.0)) red"


def test_an_artist_of_users_has_its_own_help_text(executor: RunningExecutor) -> None:
    run = executor.run(
        "import inspect, matplotlib.lines\n"
        "class Arrow(matplotlib.lines.Line2D):\n"
        "    def set_length(self, length): ...\n"
        "'length' in inspect.signature(Arrow.set).parameters"
    )
    assert run.result == "True"
