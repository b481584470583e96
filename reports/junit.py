"""junit.xml of a run folder: a test case per check and per limit of the lab itself."""

import re
from pathlib import Path
from xml.etree import ElementTree as xml

from reports.banner import banner, limit_of, repeat
from reports.figures import as_float, exact, limit
from reports.run_folder import NOT_JUDGED, RunFolder, read_run

# what XML 1.0 cannot carry, not even escaped
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CALLS_MAX = 50
_NO_VERDICT = ("crashed", "interrupted", NOT_JUDGED)


def write_junit(folder: Path, run: RunFolder | None = None) -> Path:
    """Write `junit.xml` into a run folder and return its path. Raises NotADirectoryError.

    `run` is the folder as it was read, when it was.
    """
    run = run or read_run(folder)
    suite = xml.Element("testsuite", name=_text(run.scenario), time=f"{run.told_s:.3f}", hostname="lab113")
    if run.begun is not None:
        suite.set("timestamp", run.begun.strftime("%Y-%m-%dT%H:%M:%S"))
    _add_properties(suite, run)
    if run.outcome in _NO_VERDICT:
        _add_no_verdict(suite, run)
    for check in run.checks:
        _add_check(suite, run, check)
    _add_calls(suite, run)
    for gate in run.gates:
        _add_gate(suite, run, gate)
    for told, kind in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error")):
        suite.set(told, str(len(suite.findall(kind))))
    suite.set("skipped", "0")
    suites = xml.Element("testsuites")
    suites.append(suite)
    xml.indent(suites)
    path = folder / "junit.xml"
    path.write_bytes(xml.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")
    return path


def _add_properties(suite: xml.Element, run: RunFolder) -> None:
    properties = xml.SubElement(suite, "properties")
    told = {
        "title": run.title,
        "mode": run.mode,
        "seed": run.seed,
        "commit": run.verdict.get("commit"),
        "outcome": run.outcome,
        "expect": run.resolved.get("expect"),
        "repeat": repeat(run),
    }
    for name, value in told.items():
        if value is not None:
            xml.SubElement(properties, "property", name=name, value=_text(value))


def _add_case(suite: xml.Element, run: RunFolder, name: object) -> xml.Element:
    """The story took the suite's time; judging it takes none."""
    return xml.SubElement(suite, "testcase", classname=_text(run.scenario), name=_text(name), time="0.000")


def _add_no_verdict(suite: xml.Element, run: RunFolder) -> None:
    case = _add_case(suite, run, "the run came to its end")
    reason = run.verdict.get("reason") or " ".join(run.notes)
    error = xml.SubElement(case, "error", type=run.outcome, message=banner(run).meaning)
    error.text = _text("\n".join([str(reason), *(f"{part}:\n{tail}" for part, tail in run.logs.items())]))


def _add_check(suite: xml.Element, run: RunFolder, check: dict[str, object]) -> None:
    case = _add_case(suite, run, check["name"])
    if check["outcome"] == "passed":
        return
    measured = exact(as_float(check["measured"]), limit_of(check))
    told = f"measured {measured}, wanted {check['limit']} {check['unit']}".strip()
    failure = xml.SubElement(case, "failure", type=_text(check["outcome"]), message=_text(told))
    failure.text = _text(f"{told}\n{check['detail']}\nrepeat: {repeat(run)}")


def _add_calls(suite: xml.Element, run: RunFolder) -> None:
    """Where one check tells of all calls, a case for each that ended otherwise, CALLS_MAX at most."""
    if all(check["name"] != "every call ended as ordained" for check in run.checks):
        return
    others = [row for row in run.rows if run.wanted[row.name] not in (None, row.outcome)]
    for row in others[:CALLS_MAX]:
        case = _add_case(suite, run, f"{row.name} ends {run.wanted[row.name]}")
        told = f"ended {row.outcome}, wanted {run.wanted[row.name]}"
        failure = xml.SubElement(case, "failure", type="failed", message=_text(told))
        failure.text = _text("\n".join([told, *row.failures, f"repeat: {repeat(run)}"]))


def _add_gate(suite: xml.Element, run: RunFolder, gate: dict[str, object]) -> None:
    case = _add_case(suite, run, f"lab: {gate['name']}")
    if gate["held"]:
        return
    measured = exact(as_float(gate["measured"]), as_float(gate["limit"]))
    told = f"the lab was too slow: {measured} {gate['unit']}, limit {limit(gate['limit'])} {gate['unit']}"
    error = xml.SubElement(case, "error", type="invalid", message=_text(told))
    error.text = _text(f"{told}\nThis run proves nothing about the service; repeat: {repeat(run)}")


def _text(value: object) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
