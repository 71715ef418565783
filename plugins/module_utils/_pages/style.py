# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""How the pages look, on a screen of any width, in the dark, and on paper: what they share, and the hand-out."""

from __future__ import annotations

COMMON = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1a1f2b; --quiet: #566074; --line: #dde1e8;
  --accent: #3449c4; --good: #0d7a43; --warn: #8f4a00; --warn-card: #fff3e0;
  --edge: #79849a; --from: #4a63e0; --to: #0f9b8e; --track: #e9ecf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11141b; --card: #1a1f2a; --text: #e6e9f0; --quiet: #a3adc0; --line: #2e3645;
    --accent: #9fb0ff; --good: #5fd39a; --warn: #ffb86b; --warn-card: #33260f;
    --edge: #7d889c; --from: #7f94ff; --to: #3cc9ba; --track: #262d3b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 75rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: break-word;
}
bdi, code { overflow-wrap: anywhere; }
.whole, .absolute, .relative { white-space: nowrap; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0; }
a { color: var(--accent); }
code, .number, .figure { font-variant-numeric: tabular-nums; }
code, .sign { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em; }
.quiet { color: var(--quiet); }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 1rem 0 0;
}
.warning { background: var(--warn-card); border-color: var(--warn); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --text: #000; --quiet: #444; --line: #bbb; --accent: #000;
    --good: #000; --warn: #000; --warn-card: #fff; --track: #eee; --from: #555; --to: #999;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  .card { border-radius: 0; break-inside: auto; }
  .screen { display: none !important; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

HANDOUT = (
    COMMON
    + """
body { max-width: 50rem; }
.scan { display: grid; grid-template-columns: auto 1fr; gap: 1.5rem; align-items: center; }
.scan img { display: block; width: 18rem; max-width: 100%; height: auto; border-radius: .5rem; }
.scan p { margin-top: .6rem; }
.button {
  display: inline-block; padding: .6rem 1rem; border-radius: .5rem;
  background: var(--accent); color: var(--card); font-weight: 600; text-decoration: none;
}
dl.systems { margin: 0; }
dl.systems dt { font-weight: 650; margin-top: .9rem; }
dl.systems dd { margin: 0; }
ul.addresses { list-style: none; margin: .5rem 0 0; padding: 0; }
ul.addresses li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
ul.addresses li:last-child { border-bottom: 0; }
.address { font-size: 1.1rem; font-weight: 600; user-select: all; -webkit-user-select: all; }
.contact { font-weight: 600; }
/* A phone shows this page to be set up itself: the file comes before the code. */
@media screen and (max-width: 35.99rem) {
  .scan { grid-template-columns: 1fr; }
  .scan img { order: 1; margin: 0 auto; }
}
@media print {
  body { font-size: 9.5pt; line-height: 1.35; }
  h1 { font-size: 15pt; }
  h2 { font-size: 11.5pt; }
  .card { border: 0; border-top: 1px solid var(--line); padding: .6rem 0; margin-top: .6rem; break-inside: avoid; }
  .warning { border: 2px solid #000; padding: .6rem; }
  .scan img { width: 6.5cm; }
  dl.systems dt { margin-top: .5rem; }
  .address { font-size: 1em; }
  ul.addresses li { padding: .15rem 0; }
}
"""
)
