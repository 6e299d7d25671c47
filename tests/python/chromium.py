"""A real browser for the tests: headless Chromium, started once, and folders served to it on the loopback address.

A test that takes `page` (playwright's synchronous one, of a fresh context) runs in the browser's own thread, for
playwright keeps an event loop running in the thread that it is used from. It fails where the page throws, logs an error
or asks for what is not served here. `serve(folder)` is the address of a folder of files:

    def test_the_title_says_what_it_is(page, serve, tmp_path):
        (tmp_path / "index.html").write_text("<title>It</title>")
        page.goto(serve(tmp_path))
        assert page.title() == "It"

Without Debian's package `chromium` (or WENGERT_CHROMIUM=path) and playwright such tests are skipped, and say so; under
WENGERT_REQUIRE_CHROMIUM=1 they fail.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

REQUIRED = os.environ.get("WENGERT_REQUIRE_CHROMIUM") == "1"
EXECUTABLE = os.environ.get("WENGERT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# WebGPU without a graphics processor is behind a flag that calls it unsafe. There is no network but this machine's own.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", OFFLINE]
LOCAL = ("http://127.0.0.1", "data:", "blob:", "file:", "about:")
SECONDS = 30  # that a page may take to do what a test waits for


def reason_against() -> str:
    """Why no browser can be started; empty where one can."""
    if find_spec("playwright") is None:
        return "the package playwright is not installed"
    return "" if EXECUTABLE else "there is no chromium"


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, without a word on stderr, never kept by the browser. What is posted becomes a file there."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        (Path(self.directory) / Path(self.path).name).write_bytes(self.rfile.read(size))
        self.send_response(204)
        self.end_headers()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Browser:
    """Chromium, and the one thread that may talk to it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "chromium")
        self.run(self._start)

    def run(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """f of these, in the browser's thread; what it raises is raised here."""
        return self._thread.submit(f, *args, **kwargs).result()

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)

    def context(self, **options: Any) -> Any:
        """A context of pages that share nothing with others: the options are playwright's. In the browser's thread."""
        context = self._chromium.new_context(**options)
        context.set_default_timeout(1000 * SECONDS)
        return context

    def close(self) -> None:
        self.run(lambda: (self._chromium.close(), self._playwright.stop()))
        self._thread.shutdown()


def watched(page: Any) -> list[str]:
    """What goes wrong in a page, as it happens: exceptions, logged errors, requests to elsewhere."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"exception: {error}"))
    page.on("console", lambda message: wrong.append(f"logged: {message.text}") if message.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith(LOCAL) else wrong.append(f"asks for {r.url}"))
    return wrong


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once a session."""
    reason = reason_against()
    if reason:
        pytest.fail(reason) if REQUIRED else pytest.skip(reason)
    found = Browser()
    yield found
    found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Any]:
    """A page of its own; nothing may go wrong in it. `page.wrong` lists what did so far: a test may empty it."""
    context = browser.run(browser.context)
    found = browser.run(context.new_page)
    found.wrong = wrong = browser.run(watched, found)
    yield found
    browser.run(context.close)
    assert not wrong, wrong


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """The address of a folder of files, as long as the session lasts."""
    servers: list[ThreadingHTTPServer] = []

    def address(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield address
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that takes a page in the browser's thread."""
    if not {"page", "browser"} <= pyfuncitem.funcargs.keys():
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["browser"].run(pyfuncitem.obj, **given)
    return True
