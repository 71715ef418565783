# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/docsite.py adds to the settings that antsibull-docs makes for Sphinx."""

import pathlib

from sphinx import search
from sphinx.search.en import SearchEnglish

HERE = pathlib.Path(__file__).resolve().parent

project = "premiervpn.wireguard"
copyright = "2026, PremierVPN"  # noqa: A001 - so Sphinx calls it
html_title = "PremierVPN WireGuard"
html_theme_options = {
    "source_repository": "https://github.com/premiervpn/ansible-collection-wireguard/",
    "source_branch": "main",
    # A page that is generated has no source to view or to edit.
    "top_of_page_buttons": [],
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["search_numbers.js"]
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


class WithStatusCodes(SearchEnglish):
    """The index also has numbers of three digits, which Sphinx leaves out: people look for a 429."""

    def word_filter(self, word: str) -> bool:
        return (word.isdigit() and len(word) == 3) or super().word_filter(word)


search.languages["en"] = WithStatusCodes

extensions = [
    "sphinx.ext.intersphinx",
    "sphinx_antsibull_ext",
    "myst_parser",
]
# A page in Markdown is included by one in reStructuredText, and is not one itself.
source_suffix = {".rst": "restructuredtext"}
myst_heading_anchors = 3

# Only the names that these pages refer to, in files beside this one: building needs no network.
intersphinx_mapping = {
    "ansible_devel": (
        "https://docs.ansible.com/projects/ansible/devel/",
        str(HERE / "ansible_devel.inv"),
    ),
}
