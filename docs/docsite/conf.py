# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts/docsite.py adds to the settings that antsibull-docs makes for Sphinx."""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent

project = "premiervpn.wireguard"
copyright = "2026, PremierVPN"  # noqa: A001 - so Sphinx calls it
html_title = "PremierVPN WireGuard"
html_theme_options = {
    "source_repository": "https://github.com/premiervpn/ansible-collection-wireguard/",
    "source_branch": "main",
}
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
