"""The rendered book in a headless browser: navigation, search, claim cards, the ledger's filters, and silence.

Looked at is the small book that `make book` left in build/small/html; where there is none, a book of two chapters made by hand.
"""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from aimass.study import render, site
from tests.study import bookkit as kit

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: the book is not looked at"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    built = kit.ROOT / "build" / "small" / "html"
    if (built / "index.html").is_file() and built.with_name("html.stamp").is_file():
        return built
    project = kit.study(tmp_path_factory.mktemp("book"))
    return render.render(site.stage(project, site.open_edition(project, "small"))).index.parent


@pytest.fixture(scope="module")
def address(html):
    handler = functools.partial(Quiet, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


def gone(request):
    """Whether a request ended because the browser had left the page by then."""
    return "ERR_ABORTED" in (request.failure or "")


@pytest.fixture
def page(browser, address):
    """A page that fails the test for an error in the console, a failed request, or one that leaves the machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints = []
    opened.on(
        "console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "requestfailed",
        lambda request: None if gone(request) else complaints.append(f"failed: {request.url}"),
    )
    opened.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    own = (address, "file:", "data:", "blob:", "about:")
    opened.on(
        "request", lambda asked: None if asked.url.startswith(own) else complaints.append(f"out: {asked.url}")
    )
    yield opened
    context.close()
    assert complaints == []


def first_chapter(html: Path) -> str:
    return next(
        path.stem for path in sorted((html / "chapters").glob("*.html")) if path.stem.startswith("2.1")
    )


def test_navigation_leads_through_the_book(page, address, html):
    page.goto(f"{address}/index.html")
    assert page.title()
    page.locator(".bd-sidebar-primary a", has_text="The ledger").first.click()
    page.wait_for_url("**/ledger.html")
    page.locator(".bd-sidebar-primary a", has_text="2.1").first.click()
    page.wait_for_url("**/chapters/2.1*")
    page.locator("a.right-next, .next-page a, a[title='next page']").first.click()
    page.wait_for_load_state()
    assert "2.1" not in page.url


@pytest.mark.parametrize("words", ["perceptron", "神经网络", "注意力机制", "训练"])
def test_search_finds(page, address, words):
    page.goto(f"{address}/search.html?q={words}")
    page.wait_for_selector("#search-results ul.search li a")
    assert page.locator("#search-results ul.search li").count() > 0


def test_search_joined_words(page, address):
    """Two Chinese words written together, as Chinese is written."""
    page.goto(f"{address}/search.html?q=神经网络训练")
    page.wait_for_selector("#search-results ul.search li a")


def test_search_for_nonsense_finds_nothing(page, address):
    page.goto(f"{address}/search.html?q=qwertzuiopasdf")
    page.wait_for_selector("#search-results .search-summary")
    page.wait_for_timeout(500)
    assert page.locator("#search-results ul.search li a").count() == 0


def test_a_claim_card_says_what_it_must(page, address, html):
    page.goto(f"{address}/ledger.html")
    link = page.locator("#ledger-table a[href*='#claim-2.1']").first
    claim = link.inner_text()
    link.click()
    page.wait_for_load_state()
    card = page.locator(f"[id='claim-{claim}']")
    assert card.is_visible()
    text = card.inner_text().lower()
    for word in (claim, "measured", "expected", "because", "verdict", "profile:"):
        assert word in text, word
    assert "reproduced" in text


def test_the_ledgers_filters(page, address):
    page.goto(f"{address}/ledger.html")
    rows = page.locator("#ledger-table tbody tr")
    total = rows.count()
    visible = page.locator("#ledger-table tbody tr:visible")
    assert visible.count() == total > 1

    page.select_option("#ledger-chapter", index=1)
    chapter = page.input_value("#ledger-chapter")
    assert 0 < visible.count() < total
    assert {row.get_attribute("data-chapter") for row in visible.all()} == {chapter}
    assert f"chapter={chapter}" in page.url
    page.reload()
    assert {row.get_attribute("data-chapter") for row in visible.all()} == {chapter}

    page.select_option("#ledger-chapter", "")
    page.select_option("#ledger-verdict", index=1)
    verdict = page.input_value("#ledger-verdict")
    assert {row.get_attribute("data-verdict") for row in visible.all()} == {verdict}

    page.select_option("#ledger-verdict", "")
    page.select_option("#ledger-outcome", "reproduced")
    assert {row.get_attribute("data-outcome") for row in visible.all()} == {"reproduced"}
    page.fill("#ledger-words", "no claim says this")
    assert visible.count() == 0
    assert page.locator("#ledger-none").is_visible()


def test_without_scripts_the_whole_ledger_shows(browser, html):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto((html / "ledger.html").as_uri())
    rows = opened.locator("#ledger-table tbody tr")
    assert rows.count() == opened.locator("#ledger-table tbody tr:visible").count() > 1
    assert not opened.locator("#ledger-filters").is_visible()
    context.close()


def test_filters_work_from_a_file(page, html):
    page.goto((html / "ledger.html").as_uri())
    page.fill("#ledger-words", "2.1")
    shown = page.locator("#ledger-table tbody tr:visible").count()
    assert 0 < shown < page.locator("#ledger-table tbody tr").count()


def test_mathematics_is_set_without_a_network(page, address, html):
    page.goto(f"{address}/chapters/{first_chapter(html)}.html")
    page.wait_for_selector("mjx-container")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_page_is_wider_than_its_screen(page, address, html, width):
    page.set_viewport_size({"width": width, "height": 844})
    for path in [*sorted(html.glob("*.html")), *sorted((html / "chapters").glob("*.html"))]:
        page.goto(f"{address}/{path.relative_to(html).as_posix()}")
        asked = page.evaluate("document.documentElement.scrollWidth")
        assert asked <= width, f"{path.name} is {asked} wide on a screen of {width}"


def test_dark_mode_keeps_cards_legible(browser, address, html):
    context = browser.new_context(color_scheme="dark")
    opened = context.new_page()
    opened.goto(f"{address}/chapters/{first_chapter(html)}.html")
    assert opened.get_attribute("html", "data-theme") == "dark"
    ratio = opened.evaluate(
        """() => {
          const parse = (text) => text.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
            .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const card = document.querySelector(".aimass-claim");
          const back = light(parse(getComputedStyle(card).backgroundColor));
          const ratios = [...card.querySelectorAll("p, dt, dd, .aimass-badge, .aimass-verdict")].map((one) => {
            const front = light(parse(getComputedStyle(one).color));
            return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
          });
          return Math.min(...ratios);
        }"""
    )
    context.close()
    assert ratio >= 4.5
