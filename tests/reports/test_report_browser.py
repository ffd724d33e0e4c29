"""The report in a real browser: it works, and nothing in it attacks its reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.html.report import render_report
from reports.store import Store
from tests.reports.browser import CONTRAST, Watched, chromium, needs_chromium
from tests.reports.demo import DIFF, SQL_UP, demo_logs
from tests.reports.hostile import PATHS, PAYLOADS, hostile_log
from tests.reports.load_log import load_log

pytestmark = needs_chromium

SAMPLE = "eval-replay-naive-7-evolve_billing-1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    store = Store.open(folder / "archeval.duckdb")
    for records in demo_logs():
        store.ingest(records)
    return render_report(store, folder / "report.html")


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    store = Store.open(folder / "archeval.duckdb")
    for records in [*demo_logs(), hostile_log()]:
        store.ingest(records)
    return render_report(store, folder / "report.html")


def column(page: Page, table: str, index: int) -> list[str]:
    cells = page.locator(f"#{table} tbody tr:visible > :nth-child({index})")
    return [text.split("\n")[0] for text in cells.all_inner_texts()]


def open_all(page: Page) -> None:
    page.locator("#sample details").evaluate_all("nodes => nodes.forEach((node) => { node.open = true })")


def test_a_hostile_submission_runs_nothing(browser: Browser, hostile_report: Path) -> None:
    with Watched(browser, hostile_report) as watched:
        page = watched.open()
        links = page.locator("#list tbody a").evaluate_all("nodes => nodes.map((node) => node.getAttribute('href'))")
        hostile = [link for link in links if "owned" in link]
        assert len(hostile) == 2
        for link in hostile:
            watched.open(link)
            open_all(page)
            expect(page.locator("#sample .file pre")).to_have_count(len(PATHS))
            assert page.locator("#sample :is(script, img, iframe, form, style, svg, link, base, meta)").count() == 0
            text = page.locator("#sample .file pre").first.inner_text()
            for payload in PAYLOADS:
                if payload.isprintable():
                    assert payload in text
            for node in page.locator("#sample summary").all()[:6]:
                node.hover()
            addresses = page.locator("#sample a").evaluate_all(
                "nodes => nodes.map((node) => node.getAttribute('href'))"
            )
            assert all(address.startswith("#/") for address in addresses)


def test_marks_that_turn_the_writing_are_spelled_out(browser: Browser, hostile_report: Path) -> None:
    with Watched(browser, hostile_report) as watched:
        page = watched.open("#/samples?q=owned")
        assert "admin\\u202etxt.exe" in page.locator("#overview").inner_text()
        page.locator("#list tbody a").first.click()
        watched.settle()
        text = page.locator("#sample").inner_text()
        assert "a\\u202egnp.sql" in text
        assert not set("\u202e\u2066\u200b\x1b\x00\u2028") & set(text)


def test_the_policy_would_stop_script_style_and_markup(browser: Browser, report: Path) -> None:
    """Negative control: the page's own guard is on, and the watcher notices what it stops."""
    watched = Watched(browser, report)
    page = watched.open()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.1:9/x.png'}))"
    )
    attacks = (
        "document.body.innerHTML = '<img src=x onerror=window.owned=1>'",
        "document.body.setAttribute('onclick', 'window.owned = 2')",
        "document.createElement('script').textContent = 'window.owned = 3'",
    )
    for attack in attacks:
        outcome = f"(() => {{ try {{ {attack}; return 'done' }} catch (error) {{ return error.name }} }})()"
        assert page.evaluate(outcome) == "TypeError"
    assert page.evaluate("window.owned") is None
    assert any("Content Security Policy" in complaint for complaint in watched.complaints)
    watched.context.close()


def test_tables_sort_both_ways(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open()
        assert column(page, "board", 1) == ["replay/reference", "replay/alternate", "replay/naive"]
        tokens = page.locator("#board th button", has_text="Tokens")
        tokens.click()
        assert column(page, "board", 8) == ["13,160", "11,641", "10,919"]
        tokens.click()
        assert column(page, "board", 8) == ["10,919", "11,641", "13,160"]
        assert page.locator("#board th[aria-sort]").get_attribute("aria-sort") == "ascending"
        page.locator("#list th button", has_text="Score").click()
        scores = [float(text) for text in column(page, "list", 5) if text != "-"]
        assert scores == sorted(scores, reverse=True)
        assert column(page, "list", 5)[-2:] == ["-", "-"]


def test_filters_search_and_their_address(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open()
        page.locator("[name=outcome]").select_option("unscored")
        expect(page.locator("#count")).to_have_text("2 of 27 samples")
        page.locator("[name=q]").fill("billing")
        expect(page.locator("#count")).to_have_text("1 of 27 samples")
        assert page.url.endswith("#/samples?q=billing&outcome=unscored")
        page.reload()
        expect(page.locator("#count")).to_have_text("1 of 27 samples")
        page.locator("#clear").click()
        expect(page.locator("#count")).to_have_text("27 of 27 samples")
        page.locator("[name=q]").fill("nothing like this")
        assert column(page, "list", 1) == []
        page.locator("[data-filter=rates]").fill("tenancy reads")
        assert column(page, "rates", 1) == ["tenancy.reads gate"]
        page.locator("[data-filter=rates]").fill("")
        page.locator("[data-only=rates]").check()
        assert "migrations.parse" not in " ".join(column(page, "rates", 1))


def test_a_heat_map_cell_leads_to_its_samples(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open()
        page.locator(".heat tbody tr").nth(1).locator("a.cell").nth(2).click()
        expect(page.locator("#count")).to_have_text("3 of 27 samples")
        assert set(column(page, "list", 1)) == {"evolve_billing"}
        assert set(column(page, "list", 3)) == {"replay/naive"}


def test_links_lead_deep_and_back_returns_to_the_same_place(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open("#/samples?entrant=2")
        page.locator("#list tbody a").nth(4).scroll_into_view_if_needed()
        place = page.evaluate("scrollY")
        assert place > 0
        page.locator("#list tbody a").nth(4).click()
        expect(page.locator("#sample h1")).to_have_text(
            "Change a billing schema that is in use without breaking its callers"
        )
        expect(page.locator("#overview")).to_be_hidden()
        page.locator("#sample .parts a", has_text="Files").click()
        page.go_back()
        page.go_back()
        expect(page.locator("#overview")).to_be_visible()
        expect(page.locator("#count")).to_have_text("9 of 27 samples")
        assert abs(page.evaluate("scrollY") - place) < 5
        page.go_forward()
        expect(page.locator("#sample h1")).to_be_visible()


def test_a_link_opens_a_check_or_a_file(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open(f"#/sample/{SAMPLE}/check/deliverables")
        check = page.locator("[data-check=deliverables]")
        expect(check).to_have_attribute("open", "")
        expect(check).to_be_in_viewport()
        watched.open(f"#/sample/{SAMPLE}/file/2")
        file = page.locator("[data-file='2']")
        expect(file.locator("pre")).to_be_in_viewport()
        assert "CREATE TABLE projects" in file.locator("pre").inner_text()
        watched.open("#/sample/unknown%3Cb%3E")
        expect(page.locator("#sample")).to_contain_text("There is no sample unknown<b> in this report.")
        watched.open("#/nonsense")
        expect(page.locator("#overview")).to_be_visible()
        watched.open("#/sample/%E0%A4%A")
        expect(page.locator("#sample")).to_contain_text("There is no sample")


def test_a_files_text_and_name_survive_the_download(browser: Browser, report: Path, hostile_report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open(f"#/sample/{SAMPLE}/file/2")
        with page.expect_download() as waiting:
            page.locator("[data-download='2']").click()
        assert waiting.value.suggested_filename == "0001_init.up.sql"
        assert Path(waiting.value.path()).read_text().startswith(SQL_UP)
    with Watched(browser, hostile_report) as watched:
        page = watched.open("#/samples?q=owned")
        page.locator("#list tbody a").first.click()
        page.locator("[data-file='0'] summary").click()
        with page.expect_download() as waiting:
            page.locator("[data-download='0']").click()
        assert set(waiting.value.suggested_filename) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
        )
        assert "\u202e" in Path(waiting.value.path()).read_text()


def test_code_is_coloured_and_numbered(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open(f"#/sample/{SAMPLE}/file/2")
        code = page.locator("[data-file='2'] .code")
        assert code.locator(".c-keyword", has_text="CREATE").count() >= 2
        assert code.locator(".line").count() == (SQL_UP + "\n-- x\n").count("\n")
        numbers = "node => getComputedStyle(node, '::before').content"
        assert "counter(line)" in code.locator(".line").first.evaluate(numbers)


def test_colours_are_those_of_the_language(browser: Browser, tmp_path: Path) -> None:
    files = {
        "a.sql": "SELECT 'from where' -- join\n/* having */ , \"order\" FROM x; -- 🙂\nUPDATE t",
        "b.sql": "CREATE FUNCTION f() AS $body$ BEGIN END $body$",
        "c.diff": DIFF,
        "d.py": "@cached\ndef f(self): return 'if' # else",
        "long.sql": "SELECT 1;" * 30_000,
        "plain.txt": "SELECT 1",
        "empty.sql": "",
    }
    log = load_log()
    log = log.model_copy(update={"samples": [log.samples[0].model_copy(update={"files": files})]})
    store = Store.open(tmp_path / "archeval.duckdb")
    store.ingest(log)
    with Watched(browser, render_report(store, tmp_path / "report.html")) as watched:
        page = watched.open("#/sample/load-1")
        open_all(page)
        blocks = page.locator("#sample .file pre")
        expect(blocks).to_have_count(len(files))
        found = [
            block.evaluate(
                "node => [...node.querySelectorAll('[class^=c-]')].map((span) => [span.className.slice(2), span.innerText])"
            )
            for block in blocks.all()
        ]
        colors = {
            path: {(color, text) for color, text in pairs} for path, pairs in zip(sorted(files), found, strict=True)
        }
        assert colors["a.sql"] == {
            ("keyword", "SELECT"),
            ("string", "'from where'"),
            ("comment", "-- join"),
            ("comment", "/* having */"),
            ("keyword", "FROM"),
            ("comment", "-- 🙂"),
            ("keyword", "UPDATE"),
        }
        assert ("keyword", "BEGIN") in colors["b.sql"]
        assert ("inserted", "+(missing)") in colors["c.diff"]
        assert {("name", "@cached"), ("keyword", "def"), ("name", "self"), ("string", "'if'")} <= colors["d.py"]
        assert colors["long.sql"] == colors["plain.txt"] == colors["empty.sql"] == set()
        for text, block in zip((files[path] for path in sorted(files)), blocks.all(), strict=True):
            assert block.evaluate("node => node.textContent") == text


def test_the_theme_follows_the_system_until_chosen(browser: Browser, report: Path) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    with Watched(browser, report, color_scheme="dark") as watched:
        page = watched.open()
        dark = page.evaluate(background)
        page.emulate_media(color_scheme="light")
        light = page.evaluate(background)
        assert dark != light
        button = page.locator("#theme")
        button.click()
        button.click()
        expect(button).to_have_text("Theme: dark")
        assert page.evaluate(background) == dark
        page.reload()
        assert page.evaluate(background) == dark
        button.click()
        assert page.evaluate(background) == light


def test_the_keyboard_reaches_and_works_everything(browser: Browser, report: Path) -> None:
    with Watched(browser, report) as watched:
        page = watched.open()
        page.keyboard.press("Tab")
        expect(page.locator("a.skip")).to_be_focused()
        expect(page.locator("a.skip")).to_be_in_viewport()
        page.locator("#board th button").nth(1).focus()
        page.keyboard.press("Enter")
        assert page.locator("#board th").nth(1).get_attribute("aria-sort") == "descending"
        outline = page.locator("#board th button").nth(1).evaluate("node => getComputedStyle(node).outlineStyle")
        assert outline != "none"
        page.locator("#list tbody a").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#sample")).to_be_focused()
        page.locator("#sample .check.passed summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#sample .check.passed .message").first).to_be_visible()


@pytest.mark.parametrize("route", ["#/", f"#/sample/{SAMPLE}/file/2"])
@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_nothing_sticks_out_on_any_width(browser: Browser, hostile_report: Path, width: int, route: str) -> None:
    with Watched(browser, hostile_report, viewport={"width": width, "height": 800}) as watched:
        page = watched.open(route)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_that_of_wcag_aa(browser: Browser, report: Path, scheme: str) -> None:
    with Watched(browser, report, color_scheme=scheme) as watched:
        page = watched.open()
        assert page.evaluate(CONTRAST) == []
        watched.open(f"#/sample/{SAMPLE}")
        open_all(page)
        expect(page.locator("#sample .file pre")).to_have_count(4)
        assert page.evaluate(CONTRAST) == []


def test_print_shows_light_and_whole(browser: Browser, report: Path) -> None:
    with Watched(browser, report, color_scheme="dark") as watched:
        page = watched.open(f"#/sample/{SAMPLE}/file/2")
        page.emulate_media(media="print")
        assert page.locator(".bar").is_hidden()
        assert page.locator("[data-file='2'] .code").evaluate("node => getComputedStyle(node).maxHeight") == "none"
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
