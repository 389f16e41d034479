"""Staging and rendering the book: what each page must have, and the faults that must not pass."""

import json
import re
import shutil

import nbformat
import pytest
import yaml

from aimass.errors import ChapterError
from aimass.study import render, site
from aimass.study.claims import load_registry
from aimass.study.ledger import collect
from aimass.study.sitepages import glance_markdown, ledger_markdown, pagebar, run_text

from . import bookkit as kit


def staged(project, name="small"):
    return site.stage(project, site.open_edition(project, name))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A rendered book: the site's folder and that of the HTML."""
    project = kit.study(tmp_path_factory.mktemp("book"))
    rendered = render.render(staged(project))
    assert rendered.fresh
    return project, rendered.index.parent


def page(html, name):
    return (html / f"{name}.html").read_text(encoding="utf-8")


# ---- staging


def test_an_edition_lacks_a_chapter(tmp_path):
    project = kit.study(tmp_path)
    (tmp_path / "build/small/executed/2.1_neural_networks.ipynb").unlink()
    with pytest.raises(ChapterError, match=r"lacks 2\.1_neural_networks"):
        site.open_edition(project, "small")


def test_no_such_edition(tmp_path):
    with pytest.raises(ChapterError, match="no edition 'tiny'"):
        site.open_edition(kit.study(tmp_path), "tiny")


def test_empty_reference(tmp_path):
    with pytest.raises(ChapterError, match="make reference"):
        site.open_edition(kit.study(tmp_path), "reference")


def test_the_reference_edition_holds_what_was_put_there(tmp_path):
    project = kit.study(tmp_path)
    path = kit.write_chapter(tmp_path, "1_background", "full", folder="full")
    project.reference.mkdir()
    shutil.copyfile(path, project.reference / path.name)
    edition = site.open_edition(project, "reference")
    assert list(edition.notebooks) == ["1_background"]
    assert edition.badge == "reference"
    contents = yaml.safe_load((site.stage(project, edition) / "_toc.yml").read_text(encoding="utf-8"))
    assert "chapters/2.1_neural_networks" not in json.dumps(contents)


def test_a_reference_run_of_older_code_is_shown_and_says_so(tmp_path):
    project = kit.study(tmp_path)
    path = kit.write_chapter(tmp_path, "1_background", "full", folder="full")
    project.reference.mkdir()
    shutil.copyfile(path, project.reference / path.name)
    chapter = project.chapters["1_background"]
    chapter.write_text(chapter.read_text(encoding="utf-8").replace("cost()", "other()"), encoding="utf-8")
    configuration = (staged(project, "reference") / "_config.yml").read_text(encoding="utf-8")
    bars = yaml.safe_load(configuration)["sphinx"]["config"]["aimass_bars"]
    assert "code has changed since" in bars["chapters/1_background"]
    assert "code has changed since" not in bars["index"]


def test_a_stale_page_is_not_staged(tmp_path):
    project = kit.study(tmp_path)
    chapter = project.chapters["1_background"]
    chapter.write_text(chapter.read_text(encoding="utf-8").replace("cost()", "other()"), encoding="utf-8")
    with pytest.raises(ChapterError, match="run the chapter again"):
        staged(project)


def test_contents_follow_the_sections(tmp_path):
    contents = yaml.safe_load((staged(kit.study(tmp_path)) / "_toc.yml").read_text(encoding="utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    assert (
        files.index("chapters/1_background")
        < files.index("chapters/2.1_neural_networks")
        < files.index("ledger")
    )
    assert not any("glob" in entry for part in contents["parts"] for entry in part["chapters"])


def test_a_chapter_without_a_place(tmp_path):
    project = kit.study(tmp_path)
    toc = tmp_path / "book" / "_toc.yml"
    toc.write_text(toc.read_text(encoding="utf-8").replace("chapters/2.*", "chapters/5.*"), encoding="utf-8")
    with pytest.raises(ChapterError, match=r"no place for chapter 2\.1_neural_networks"):
        staged(project)


def test_staging_twice_gives_the_same(tmp_path):
    project = kit.study(tmp_path)
    first = site.fingerprint(staged(project))
    assert site.fingerprint(staged(project)) == first
    page = tmp_path / "book" / "claims.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert site.fingerprint(staged(project)) != first


def test_mixed_profiles_are_told(tmp_path):
    project = kit.study(tmp_path)
    kit.write_chapter(tmp_path, "1_background", "full")
    edition = site.open_edition(project, "small")
    assert edition.badge == "mixed"
    configuration = yaml.safe_load((site.stage(project, edition) / "_config.yml").read_text(encoding="utf-8"))
    bars = configuration["sphinx"]["config"]["aimass_bars"]
    assert "mixes profiles: 1_background (full), 2.1_neural_networks (small)" in bars["index"]
    assert "full profile" in bars["chapters/1_background"]
    ledger = (project.build("small") / "site" / "_generated" / "ledger.md").read_text(encoding="utf-8")
    assert "Mixed profiles (full: 1_background; small: 2.1_neural_networks)" in ledger


# ---- the pages that come from the ledger


def test_glance_counts_and_links(tmp_path):
    project = kit.study(tmp_path)
    ledger = site.open_edition(project, "small").ledger
    text = glance_markdown(ledger, load_registry(), "../")
    assert "href='../chapters/2.1_neural_networks.html#claim-2.1-b.xor'" in text
    assert re.search(r"<td class='am-id'>2\.3-a</td>.*not yet measured", text)
    assert "am-missed" in text, "a claim that is not reproduced looks like the others"
    first, folded = text.split("<details")
    assert "2.1-a" in first
    assert "2.3-a" not in first
    assert "2.3-a" in folded


def test_a_failed_claim_has_no_verdict(tmp_path):
    ledger = site.open_edition(kit.study(tmp_path), "small").ledger
    row = re.search(r"<tr id='row-2\.1-b\.xor'.*?</tr>", ledger_markdown(ledger, load_registry())).group()
    assert "data-outcome='not reproduced'" in row
    assert "data-verdict='undecided'" in row
    assert "supported" not in row


def test_text_from_a_chapter_is_escaped(tmp_path):
    project = kit.study(tmp_path)
    path = project.build("small") / "executed" / "1_background.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("holds.", "<script>x</script>"), encoding="utf-8"
    )
    text = ledger_markdown(collect([path]), load_registry())
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_words_on_a_run():
    assert run_text({"device": {"kind": "gpu"}, "seconds": 75, "finished": "2026-11-23T10:00:00Z"}) == (
        "measured on GPU in 1 min 15 s on 2026-11-23"
    )
    assert run_text({}) == ""
    assert "a &amp; b" in pagebar("small", "a & b", [(".md", "{root}x.md")])


# ---- rendering


def test_every_page_has_its_badge_and_its_downloads(book):
    _, html = book
    names = ["index", "ledger", "glossary", "chapters/1_background", "chapters/2.1_neural_networks"]
    for name in names:
        bar = re.search(r"<div class='am-pagebar'>.*?</div>", page(html, name), flags=re.DOTALL).group()
        assert "small profile" in bar
        for address in re.findall(r"href='([^']+)'", bar):
            assert (html / name).parent.joinpath(address).is_file(), address
        assert len(re.findall("download>", bar)) == 2
    notebook = nbformat.read(html / "downloads/chapters/2.1_neural_networks.ipynb", as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells)
    assert nbformat.read(html / "downloads/claims.ipynb", as_version=4).cells


def test_the_pages_need_no_network(book):
    _, html = book
    for path in html.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link\b[^>]*?rel=\"(?:stylesheet|preload|icon)\"[^>]*?href=\"([^\"]+)\"", text)
        assert [one for one in loaded if re.match(r"(https?:)?//", one)] == [], path
        assert "unpkg" not in text
        assert "jsdelivr" not in text
    assert (html / "_static/mathjax/tex-chtml.js").is_file()


def test_only_cited_works_are_listed(book):
    _, html = book
    text = page(html, "bibliography")
    assert "Rosenblatt" in text
    assert "Vaswani" not in text


def test_chinese_and_english_words_are_indexed(book):
    _, html = book
    index = (html / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index[index.index("(") + 1 : index.rindex(")")])["terms"]
    assert "训练" in terms
    assert "perceptron" in terms


def test_the_ledger_leads_to_the_cards(book):
    _, html = book
    links = re.findall(
        r"href='(chapters/[^']+)'|href=\"(chapters/[^\"]+#claim[^\"]+)\"", page(html, "ledger")
    )
    assert any("#claim-2.1-b.xor" in "".join(link) for link in links)
    assert "id='claim-2.1-b.xor'" in page(html, "chapters/2.1_neural_networks")


def test_rendering_again_does_nothing(book, monkeypatch):
    project, _ = book
    monkeypatch.setattr(render, "_run_jupyter_book", lambda *a: pytest.fail("rendered again"))
    assert render.render(staged(project)).fresh is False


def test_a_book_cut_short_is_rendered_again(book, monkeypatch):
    project, html = book
    index = html / "index.html"
    index.rename(index.with_suffix(".away"))
    called = []

    def stop(*arguments):
        called.append(arguments)
        raise ChapterError("stop")

    monkeypatch.setattr(render, "_run_jupyter_book", stop)
    stamp = html.with_name("html.stamp")
    kept = stamp.read_text(encoding="utf-8")
    try:
        with pytest.raises(ChapterError, match="stop"):
            render.render(staged(project))
        assert called
    finally:
        index.with_suffix(".away").rename(index)
        stamp.write_text(kept, encoding="utf-8")


@pytest.mark.slow
def test_planted_faults_turn_the_build_red(tmp_path):
    project = kit.study(tmp_path)
    path = kit.write_chapter(
        tmp_path,
        "2.1_neural_networks",
        prose="\nSee {ref}`nowhere` and {cite}`nobody1900` and {doc}`/lost`.\n",
    )
    kit.add_cell(path, "warn()", kit.stderr("something went wrong\n"))
    with pytest.raises(ChapterError) as caught:
        render.render(staged(project))
    log = (project.build("small") / "render.log").read_text(encoding="utf-8")
    for word in ("nowhere", "nobody1900", "lost", "stderr"):
        assert word in log, word
    assert "WARNING" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (project.build("small") / "html").exists()


def test_a_dead_link_a_page_without_outputs_and_a_missing_page_are_found(book, tmp_path):
    _, html = book
    copy = tmp_path / "html"
    shutil.copytree(html, copy, ignore=shutil.ignore_patterns("mathjax"))
    (copy / "_static" / "mathjax").mkdir()
    (copy / "_static" / "mathjax" / "tex-chtml.js").touch()
    chapters = ["1_background", "2.1_neural_networks"]
    assert render.problems(copy, chapters) == []

    index = copy / "index.html"
    text = index.read_text(encoding="utf-8")
    links = '<a href="gone.html">x</a><a href="ledger.html#nowhere">y</a></body>'
    index.write_text(text.replace("</body>", links), encoding="utf-8")
    chapter = copy / "chapters" / "1_background.html"
    chapter.write_text(
        chapter.read_text(encoding="utf-8").replace("cell_output", "cell_nothing"), encoding="utf-8"
    )
    found = render.problems(copy, [*chapters, "9_lost"])
    assert found == [
        "the page of chapter 1_background shows no output",
        "chapter 9_lost has no page",
        "index.html: dead link to gone.html",
        "index.html: dead link to ledger.html#nowhere: no such place on that page",
    ]
