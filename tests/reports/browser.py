"""Headless Chromium on a report, watched for everything that a report must not do."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]

CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 250) return color;
    }
    return rgba("Canvas");
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("script, style, .skip, .bar, option")) continue;
    const style = getComputedStyle(node);
    const ink = rgba(node.namespaceURI.endsWith("svg") ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(background(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.className.baseVal ?? node.className} ${walker.currentNode.data.slice(0, 30)}`);
  }
  return [...new Set(poor)];
}
"""
"""Texts that stand out too little from what is behind them, by WCAG AA."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH (Debian: apt install chromium)")


@contextmanager
def chromium() -> Generator[Browser]:
    """A browser of its own, closed at the end."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page on a report; leaving the `with` block fails when the page did what it must not."""

    def __init__(self, browser: Browser, report: Path, **options: object) -> None:
        self.report = report
        self.context = browser.new_context(accept_downloads=True, **options)  # pyright: ignore[reportArgumentType]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("request", self._requested)
        self.page.on("console", self._logged)
        self.page.on("dialog", self._asked)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("popup", lambda page: self.complaints.append(f"popup: {page.url}"))

    def open(self, route: str = "") -> Page:
        """Open the report at `route` (from `#` on), wait until it shows that, and return the page."""
        self.page.goto(self.report.as_uri() + route)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page shows what its address names: a sample's details are unpacked first."""
        self.page.wait_for_function("() => document.documentElement.dataset.route === location.hash")

    def __enter__(self) -> "Watched":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        owned = None if kind else self.page.evaluate("window.owned")
        self.context.close()
        if kind is None:
            assert self.complaints == []
            assert owned is None

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        path = Path(unquote(address.path))
        pages = self.report.parent / f"{self.report.stem}-samples"
        own = address.scheme == "file" and (path == self.report or path.parent == pages)
        # A download's blob is made and read inside the page.
        if not own and not request.url.startswith(("blob:null/", "blob:file:", "data:,")):
            self.complaints.append(f"request: {request.url}")

    def _logged(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"console {message.type}: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
