"""How fast a suite was played, and what it took."""

from statistics import median

from evals.running.results import Run


def pace(run: Run) -> list[str]:
    """Lines for the end of a report: seconds in all, to start, a scenario, and of CPU by process."""
    if not run.results:
        return []
    staged = [result.staged for result in run.results]
    played = [result.seconds - result.staged for result in run.results]
    count = len(run.results)
    lines = [
        f"{run.seconds:.1f} s in all, {run.started:.1f} s of them to start the world; "
        f"{(run.seconds - run.started) / count:.2f} s a scenario",
        f"a scenario was staged in {median(staged):.2f} s (slowest {max(staged):.2f}) and played in "
        f"{median(played):.2f} s (slowest {max(played):.2f}), several at once",
    ]
    if run.cpu:
        dear = sorted(run.cpu.items(), key=lambda item: -item[1])
        shares = ", ".join(f"{name} {seconds:.1f}" for name, seconds in dear if seconds >= 0.05)
        lines.append(f"CPU: {sum(run.cpu.values()) / count:.2f} s a scenario; seconds by process: {shares}")
    return lines
