"""Let papermill read a chapter: ``papermill jupytext://chapters/NAME.md out.ipynb``."""

from pathlib import Path

import jupytext
import nbformat

from aimass.errors import ChapterError

PREFIX = "jupytext://"


class JupytextHandler:
    """A papermill input handler, registered by entry point for the scheme ``jupytext://``."""

    @classmethod
    def read(cls, path: str) -> str:
        """The chapter as notebook JSON.

        Raises:
            ChapterError: if the file is missing or is not a Jupytext notebook.
        """
        file = Path(path.removeprefix(PREFIX))
        try:
            notebook = jupytext.read(file)
        except OSError as error:
            raise ChapterError(
                f"chapter {file}: {error.strerror}; give the path of a Jupytext notebook"
            ) from None
        except Exception as error:
            raise ChapterError(f"chapter {file}: not a Jupytext notebook ({error})") from None
        return nbformat.writes(notebook)

    @classmethod
    def listdir(cls, path: str) -> list[str]:
        """The Markdown files of a folder, each with the scheme."""
        return [f"{PREFIX}{file}" for file in sorted(Path(path.removeprefix(PREFIX)).glob("*.md"))]

    @classmethod
    def write(cls, buf: str, path: str) -> None:
        """Chapters are inputs: an executed notebook goes to an ``.ipynb``.

        Raises:
            ChapterError: always.
        """
        raise ChapterError(
            f"{path}: chapters are only read; write the executed notebook to a file NAME.ipynb"
        )

    @classmethod
    def pretty_path(cls, path: str) -> str:
        """The path as it is shown."""
        return path
