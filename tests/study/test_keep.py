"""What may become the reference edition."""

import json

import pytest

from aimass.errors import ChapterError
from aimass.study.keep import keep, take_back
from aimass.study.project import Project
from aimass.study.run import make_plan

from . import handmade as hm

PICTURE = b"a picture"
TEXT = '# X\n\n```{{code-cell}} ipython3\n:tags: [parameters]\n\nprofile = "small"\nseed = {}\n```\n'


@pytest.fixture
def project(tmp_path):
    """A study of two chapters whose full run has just finished."""
    (tmp_path / "chapters").mkdir()
    made = Project(tmp_path)
    for name in (hm.NAME, hm.OTHER):
        (tmp_path / "chapters" / f"{name}.md").write_text(TEXT.format(0), encoding="utf-8")
    for name in (hm.NAME, hm.OTHER):
        finish(made, name)
    return made


def finish(project, name, profile="full"):
    """Leave the notebook of a finished run of the chapter as it is now."""
    job = make_plan(project, "full", device="cpu")["chapters"][name]
    path = project.build("full") / "executed" / f"{name}.ipynb"
    records = []
    if name == hm.OTHER:
        records = [
            ("claim", hm.claim("2.6-a.map", chapter=name, profile=profile)),
            ("figure", hm.figure("map")),
        ]
        picture = project.build("full") / "figures" / name / "map.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(PICTURE)
    hm.write(path, records, chapter=name, profile=profile, stamp={})
    content = json.loads(path.read_text(encoding="utf-8"))
    content["metadata"]["aimass"] |= {"fingerprint": job["fingerprint"], "status": "finished"}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def kept(project):
    return sorted(
        path.relative_to(project.reference).as_posix()
        for path in project.reference.rglob("*")
        if path.is_file()
    )


def test_a_whole_fresh_run_is_kept_with_its_ledger(project):
    for gone in ("9.9_gone.ipynb", f"figures/{hm.OTHER}/gone.png"):
        (project.reference / gone).parent.mkdir(parents=True, exist_ok=True)
        (project.reference / gone).write_text("{}")
    assert keep(project, "cpu") == [hm.NAME, hm.OTHER]
    assert kept(project) == [
        f"{hm.NAME}.ipynb",
        f"{hm.OTHER}.ipynb",
        f"figures/{hm.OTHER}/map.png",
        "ledger.json",
    ]
    assert (project.reference / "figures" / hm.OTHER / "map.png").read_bytes() == PICTURE
    ledger = json.loads((project.reference / "ledger.json").read_text(encoding="utf-8"))
    assert ledger["profile"] == "full"
    assert sorted(ledger["chapters"]) == [hm.NAME, hm.OTHER]
    made = project.build("full") / "executed" / f"{hm.NAME}.ipynb"
    assert (project.reference / made.name).read_bytes() == made.read_bytes()


def test_a_stale_chapter_keeps_all_out(project):
    project.chapters[hm.OTHER].write_text(TEXT.format(1), encoding="utf-8")
    with pytest.raises(ChapterError, match=f"not kept .*: {hm.OTHER} is stale; run"):
        keep(project, "cpu")
    assert kept(project) == []


def test_a_missing_and_a_failed_chapter_keep_all_out(project):
    plan = make_plan(project, "full", device="cpu")
    (project.build("full") / "executed" / f"{hm.NAME}.ipynb").unlink()
    (project.build("full") / "logs").mkdir()
    with open(plan["chapters"][hm.OTHER]["failure"], "w", encoding="utf-8") as file:
        file.write("cell 1 failed")
    with pytest.raises(ChapterError, match=f"{hm.NAME} is never run, {hm.OTHER} is failed"):
        keep(project, "cpu")
    assert kept(project) == []


def test_a_small_result_can_not_enter(project):
    finish(project, hm.OTHER, profile="small")
    with pytest.raises(ChapterError, match="only a full one"):
        keep(project, "cpu")
    assert kept(project) == []


def test_a_figure_whose_picture_is_gone_keeps_all_out(project):
    (project.build("full") / "figures" / hm.OTHER / "map.png").unlink()
    with pytest.raises(ChapterError, match=r"not kept .*map\.png can't be read \(No such file"):
        keep(project, "cpu")
    assert kept(project) == []


def lose(project, name):
    """Forget the full run of a chapter, as a fresh clone does."""
    (project.build("full") / "executed" / f"{name}.ipynb").unlink()
    for picture in (project.build("full") / "figures").rglob("*.png"):
        picture.unlink()


def test_what_is_fresh_in_the_edition_need_not_run_again(project):
    keep(project, "cpu")
    lose(project, hm.OTHER)
    assert take_back(project, "cpu") == [hm.OTHER]
    assert (project.build("full") / "figures" / hm.OTHER / "map.png").read_bytes() == PICTURE
    before = kept(project)
    assert keep(project, "cpu") == [hm.NAME, hm.OTHER]
    assert kept(project) == before
    assert take_back(project, "cpu") == []  # it has them all


def test_what_is_stale_in_the_edition_is_not_taken_back(project):
    keep(project, "cpu")
    lose(project, hm.OTHER)
    project.chapters[hm.OTHER].write_text(TEXT.format(1), encoding="utf-8")
    assert take_back(project, "cpu") == []
    assert not (project.build("full") / "executed" / f"{hm.OTHER}.ipynb").exists()
