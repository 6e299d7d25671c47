"""How the documents become a site: `sphinx-build -W docs build/docs` (contributing.md)."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import wengert as wg  # noqa: E402  the installed one

project, author, copyright = "wengert", "The wengert authors", "The wengert authors"
version = release = wg.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "formulas",  # MathML
    "generated",  # tables and plots that are made at each build
    "pages",  # Markdown that is read on a forge too, executed
    "reference",  # docstrings, from the style of this house to numpydoc's
]
exclude_patterns = ["README.md", "_ext", "_generated", "gallery/*.ipynb", "gallery/*.py"]
suppress_warnings = ["config.cache"]  # the gallery's options hold a function
nitpicky = False

# Every block of Python runs, and one that raises ends the build.
nb_execution_mode = "force"
nb_execution_in_temp = True  # what a block writes is not left here
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# A script of the gallery begins with a title. Others are for the command line alone; sphinx-gallery would stop at them.
TITLED = re.compile(r'^r?"""\n?[^\n]+\n={3,}\n')
untitled = "|".join(
    path.stem for path in sorted((ROOT / "examples").glob("*.py")) if not TITLED.match(path.read_text())
)

sphinx_gallery_conf = {
    "examples_dirs": [str(ROOT / "examples")],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"\.py$",
    "ignore_pattern": rf"^({untitled})\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "plot_gallery": True,
    "parallel": 2,
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "wengert"
html_static_path = ["_static"]
html_css_files = ["wengert.css"]
html_show_sourcelink = False
html_sidebars = {page: [] for page in ("benchmarks", "changes", "contributing", "index", "tutorial/index")}
html_theme_options = {
    "navigation_with_keys": True,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
}
