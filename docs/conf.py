"""How Sphinx builds these pages: CommonMark by MyST, the Furo look, every warning an error (`make docs`)."""

project = "briefpub"
author = "The briefpub founders"
copyright = "2026, the briefpub founders"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "briefpub"
html_copy_source = False
html_show_sphinx = False
