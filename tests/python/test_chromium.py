"""The browser that other tests use: it computes by WebGPU, and what goes wrong in a page is seen."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

import chromium


def site(folder: Path, script: str) -> Path:
    (folder / "index.html").write_text(f"<!doctype html><title>It</title><link rel=icon href=data:,>{script}")
    return folder


def test_a_served_folder_is_seen_and_its_modules_run(page, serve, tmp_path):
    (tmp_path / "two.mjs").write_text("export const two = 2;")
    page.goto(serve(site(tmp_path, "<script type=module>import {two} from './two.mjs'; window.two = two</script>")))
    page.wait_for_function("window.two")
    assert (page.title(), page.evaluate("two + 2")) == ("It", 4)


def test_what_a_page_posts_is_a_file(page, serve, tmp_path):
    page.goto(serve(site(tmp_path, "")))
    page.evaluate("fetch('numbers.bin', {method: 'POST', body: new Uint8Array([1, 2, 3])})")
    assert (tmp_path / "numbers.bin").read_bytes() == b"\1\2\3"


def test_there_is_a_device(page, serve, tmp_path):
    page.goto(serve(site(tmp_path, "")))
    found = page.evaluate(
        "navigator.gpu.requestAdapter().then(a => a.requestDevice()).then(d => d.limits.maxBufferSize)"
    )
    assert found >= 2**28


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("<script>throw Error('this')</script>", "exception: this"),
        ("<script>console.error('that')</script>", "logged: that"),
        ("<script>new Image().src = 'http://wengert.invalid/x.png'</script>", "asks for http://wengert.invalid/x.png"),
        ("<script src=none.js></script>", "logged: Failed to load resource"),
    ],
)
def test_what_goes_wrong_in_a_page_is_seen(page, serve, tmp_path, script, told):
    page.goto(serve(site(tmp_path, script)))
    assert told in page.wrong[0]
    page.wrong.clear()


def test_tests_of_pages_run_in_the_browsers_thread(page):
    assert threading.current_thread().name.startswith("chromium")


@pytest.mark.parametrize("page", ["a name"])
def test_a_parameter_may_be_called_page(page):
    assert not threading.current_thread().name.startswith("chromium")


def test_other_tests_may_run_loops_of_their_own_beside_the_browser(browser):
    async def three() -> int:
        return 3

    assert asyncio.run(three()) == 3


def test_the_browser_may_be_required(monkeypatch):
    monkeypatch.setattr(chromium, "EXECUTABLE", None)
    assert chromium.reason_against() == "there is no chromium"
