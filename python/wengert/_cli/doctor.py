"""What is installed, what it runs on, and whether a gradient comes out right on each device."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from typing import Any

import numpy as np

import wengert as wg
from wengert import _cpu, _isa
from wengert._cli.report import Report, columns

HELP = "look at versions, the processor, devices and extras, and take a gradient on each device"
SECONDS = 120
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?P<extras>\[.*?\])?(?P<rest>[^;]*);\s*extra\s*==\s*['\"](?P<extra>\w+)")
# A gradient of several kernels, on one adapter, in a process of its own: drivers may end a process.
ON_A_DEVICE = """
import json, time, warnings
import numpy as np, wengert as wg
warnings.simplefilter("ignore")
x = np.linspace(0.5, 1.5, 1000, dtype=np.float32)
f = wg.compile(wg.grad(lambda x: np.sum(np.exp(np.sin(x)) * x)), device="webgpu")
try:
    found = f(x).numpy()
    start = time.perf_counter(); f(x).numpy(); seconds = time.perf_counter() - start
    error = float(np.max(np.abs(found - np.exp(np.sin(x)) * (1 + x * np.cos(x)))))
    print(json.dumps({"ok": error < 1e-5, "error": error, "milliseconds": seconds * 1e3}))
except wg.Error as e:
    print(json.dumps({"ok": False, "reason": str(e.args[0])}))
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-devices", action="store_true", help="leave graphics processors alone")


def run(options: argparse.Namespace) -> Report:
    """All of it; not ok where a gradient is wrong."""
    data: dict[str, Any] = {
        "versions": {
            "wengert": wg.__version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("numpy", "optree")},
        },
        "system": f"{platform.system()} {platform.machine()}",
        "folder": os.path.dirname(wg.__file__),
        "instruction_set": _instruction_set(),
        "threads": {"used": wg.thread_count(), "processors": os.cpu_count()},
        "devices": [_on_the_processor(), *([] if options.no_devices else _on_adapters())],
        "extras": _extras(),
    }
    ok = all(device["ok"] for device in data["devices"])
    return Report(
        {"ok": ok, **data}, [*_told(data, not options.no_devices), "", "ok" if ok else "FAILED: see above"], ok
    )


def _instruction_set() -> dict[str, Any]:
    built, asked = list(_isa.built()), os.environ.get(_isa.VARIABLE)
    highest = f"the highest of those built that this processor runs ({_cpu.LEVEL})"
    why = f"{_isa.VARIABLE} asks for it" if asked else highest
    return {"used": wg.instruction_set, "processor": _cpu.LEVEL, "built": built, "why": why}


def _on_the_processor() -> dict[str, Any]:
    """The same gradient in float64: eager, and compiled."""
    f = wg.grad(lambda x: np.sum(np.exp(np.sin(x)) * x))
    x = np.linspace(0.5, 1.5, 1000)
    right = np.exp(np.sin(x)) * (1 + x * np.cos(x))
    error = max(float(np.max(np.abs(g(x) - right))) for g in (f, wg.compile(f)))
    return {"device": "cpu", "name": platform.processor() or platform.machine(), "kind": "processor",
            "ok": error < 1e-13, "error": error}  # fmt: skip


def _on_adapters() -> list[dict[str, Any]]:
    """A gradient on each adapter, or why there is none."""
    adapters = [d for d in wg.devices() if d["device"] == "webgpu"]
    return [{**adapter, **_tried(adapter["name"])} for adapter in adapters]


def _tried(name: str) -> dict[str, Any]:
    environment = {**os.environ, "WENGERT_WEBGPU_ADAPTER": name}
    try:
        done = subprocess.run(
            [sys.executable, "-c", ON_A_DEVICE], env=environment, capture_output=True, text=True, timeout=SECONDS
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
    except subprocess.TimeoutExpired:
        return {"ok": False, "reason": f"no answer in {SECONDS} s"}
    except (IndexError, ValueError):
        return {"ok": False, "reason": f"the process ended with status {done.returncode}: {done.stderr.strip()[-200:]}"}


def _extras() -> dict[str, dict[str, Any]]:
    """What optional parts need, and the line that installs them; empty where pip knows nothing of this package."""
    try:
        requirements = metadata.requires("wengert") or []
    except metadata.PackageNotFoundError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for match in filter(None, map(REQUIREMENT.match, requirements)):
        extra = found.setdefault(match["extra"], {"present": {}, "missing": []})
        if match["name"] == "wengert":
            continue
        try:
            extra["present"][match["name"]] = metadata.version(match["name"])
        except metadata.PackageNotFoundError:
            extra["missing"].append(match["name"])
    for name, extra in found.items():
        extra["install"] = f'pip install "wengert[{name}]"' if extra["missing"] else None
    return found


def _told(data: dict[str, Any], looked_for: bool) -> list[str]:
    isa, threads = data["instruction_set"], data["threads"]
    lines = columns(
        [
            ("versions", ", ".join(f"{name} {version}" for name, version in data["versions"].items())),
            ("system", f"{data['system']}, {data['folder']}"),
            ("instruction set", f"{isa['used']}: {isa['why']}; built: {', '.join(isa['built'])}"),
            ("threads", f"{threads['used']} of {threads['processors']} processors"),
        ]
    )
    lines += ["", "devices", *columns([_device(d) for d in data["devices"]], "  ")]
    if not any(d["device"] == "webgpu" for d in data["devices"]):
        none = 'none found: pip install "wengert[webgpu]" and a driver reach one'
        lines.append(f"  graphics processors: {none if looked_for else 'not looked for'}")
    extras = data["extras"]
    lines += ["", "extras", *(columns([_extra(name, e) for name, e in extras.items()], "  ") if extras else [])]
    return lines if extras else [*lines, "  unknown: pip did not install this package"]


def _device(d: dict[str, Any]) -> tuple[str, ...]:
    time = f", {d['milliseconds']:.1f} ms" if "milliseconds" in d else ""
    outcome = f"ok, gradient within {d['error']:.0e}{time}" if d["ok"] else f"FAILED: {d.get('reason', d.get('error'))}"
    return (d["device"], d["name"], d["kind"], outcome)


def _extra(name: str, extra: dict[str, Any]) -> tuple[str, ...]:
    if extra["missing"]:
        return (name, f"missing: {', '.join(extra['missing'])}", extra["install"])
    return (name, "ok", ", ".join(f"{n} {v}" for n, v in extra["present"].items()))
