"""The book's Sphinx extension: style, the ledger's filters, search for Chinese words, the bar under each title.

The configuration value ``aimass_bars`` maps a page's name to the HTML of its bar, in which ``{root}`` stands for the way from the
page to the site's root. Nothing here changes what a page says.
"""

import re
from typing import Any

_TITLE_END = re.compile(r"</h1>")


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("aimass_bars", {}, "html", dict)
    app.add_css_file("aimass.css")
    app.connect("html-page-context", _dress, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _dress(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the bar under the title, and leave out the script that could start cells on a machine elsewhere."""
    if pagename == "search":
        app.add_js_file("aimass-search.js", priority=100)
    if pagename == "ledger":
        app.add_js_file("ledger.js", loading_method="defer")
    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if "thebe" not in _words_of(script)]
    bar = app.config.aimass_bars.get(pagename)
    if bar and context.get("body"):
        root = "../" * pagename.count("/")
        context["body"] = _TITLE_END.sub(
            lambda end: end.group() + bar.replace("{root}", root), context["body"], count=1
        )


def _words_of(script: Any) -> str:
    """The address and the inline text of a script, as far as it has them."""
    attributes = getattr(script, "attributes", None) or {}
    return f"{getattr(script, 'filename', script)} {attributes.get('body', '')}"
