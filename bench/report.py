"""The table, the limits that are missed, and the comparison with the last committed results."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any, Final

from bench.cases import Case

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "bench" / "results.json"
MEMORY: Final = 150
# A ratio is noisy: only this much more is worth a word.
NOISE: Final = 1.25

COLUMNS: Final = (
    ("case", 33),
    ("p50 ms", 8),
    ("p95 ms", 8),
    ("CPU ms", 8),
    ("db ms", 8),
    ("x floor", 8),
    ("x web", 7),
    ("queries", 8),
    ("raw KB", 8),
    ("gzip KB", 8),
)


def head() -> str:
    """The head of the table."""
    return "".join(
        name.ljust(width) if name == "case" else name.rjust(width) for name, width in COLUMNS
    )


def misses(case: Case, result: dict[str, Any]) -> list[str]:
    """Each limit that a result does not keep, in words."""
    if "missing" in result:
        return []
    limits = case.limits
    found = []
    for name, most, unit in (
        ("ratio", limits.ratio, "x"),
        ("web_ratio", limits.ratio, "x in the web worker"),
        ("queries", limits.queries, " queries"),
        ("raw", limits.raw, " bytes"),
        ("gzip", limits.gzip, " bytes gzip"),
    ):
        if most is not None and name in result and result[name] > most:
            found.append(f"{result[name]:g}{unit}, at most {most:g}")
    return found


def line(case: Case, result: dict[str, Any]) -> str:
    """One line of the table."""
    if "missing" in result:
        return f"{case.label:<33} not measured: {result['missing']}"
    cells = [
        case.label.ljust(33),
        f"{result['p50']:8.1f}",
        f"{result['p95']:8.1f}",
        f"{result['cpu']:8.1f}",
        f"{result['database']:8.1f}",
        f"{result['ratio']:8.2f}" if "ratio" in result else "-".rjust(8),
        f"{result['web_ratio']:7.2f}" if "web_ratio" in result else "-".rjust(7),
        f"{result['queries']:8d}",
        f"{result['raw'] / 1024:8.1f}",
        f"{result['gzip'] / 1024:8.1f}",
    ]
    missed = misses(case, result)
    return "".join(cells) + ("  MISSES " + "; ".join(missed) if missed else "  ok")


def summary(results: dict[str, Any], cases: list[Case], before: dict[str, Any]) -> str:
    """What misses a limit, what was not measured, memory, and what changed since the last time."""
    said = []
    measured = {case.name: results["cases"][case.name] for case in cases}
    missed = [case.label for case in cases if misses(case, measured[case.name])]
    absent = [case.label for case in cases if "missing" in measured[case.name]]
    kept = len(cases) - len(missed) - len(absent)
    said.append(f"{kept} of {len(cases)} cases keep their limits.")
    if missed:
        said.append(f"MISSES: {', '.join(missed)}.")
    if absent:
        said.append(f"Not measured: {', '.join(absent)}.")
    memory = results["memory"]
    verdict = "ok" if max(memory, default=0) <= MEMORY else "MISSES"
    held = ", ".join(f"{megabytes:.0f} MB" for megabytes in memory)
    said.append(f"Memory of the workers: {held} (at most {MEMORY} MB each): {verdict}.")
    for case in cases:
        old = before.get("cases", {}).get(case.name, {})
        said += [
            f"Since the last time, {case.label}: {c}" for c in changes(old, measured[case.name])
        ]
    return "\n".join(said)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What became more or less since the committed results."""
    if not old or "missing" in old or "missing" in new:
        return []
    found = []
    if old["queries"] != new["queries"]:
        found.append(f"{new['queries']} queries, were {old['queries']}.")
    if "ratio" in old and "ratio" in new:
        before, now = old["ratio"], new["ratio"]
        if now > before * NOISE or before > now * NOISE:
            found.append(f"{now:g}x the floor, was {before:g}x.")
    if abs(new["raw"] - old["raw"]) > old["raw"] * (NOISE - 1):
        found.append(f"{new['raw']} bytes, were {old['raw']}.")
    return found


def committed() -> dict[str, Any]:
    """The results of the last commit, or of the file when there is no history."""
    shown = subprocess.run(
        ["git", "show", f"HEAD:{RESULTS.relative_to(ROOT)}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    text = shown.stdout if shown.returncode == 0 else ""
    if not text and RESULTS.exists():
        text = RESULTS.read_text()
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def write(size: str, results: dict[str, Any]) -> None:
    """Keep the results of a size beside those of the others."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[size] = {"measured_on": dt.date.today().isoformat(), **results}  # noqa: DTZ011
    RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
