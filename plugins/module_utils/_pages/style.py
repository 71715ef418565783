# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""How the pages look, on a screen of any width, in the dark, and on paper; and what sorts their tables."""

from __future__ import annotations

COMMON = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1a1f2b; --quiet: #566074; --line: #dde1e8;
  --accent: #3449c4; --good: #0d7a43; --warn: #8f4a00; --warn-card: #fff3e0;
  --received: #4a63e0; --sent: #0f9b8e; --track: #e9ecf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11141b; --card: #1a1f2a; --text: #e6e9f0; --quiet: #a3adc0; --line: #2e3645;
    --accent: #9fb0ff; --good: #5fd39a; --warn: #ffb86b; --warn-card: #33260f;
    --received: #7f94ff; --sent: #3cc9ba; --track: #262d3b;
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
code, .number { font-variant-numeric: tabular-nums; }
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
    --good: #000; --warn: #000; --warn-card: #fff; --track: #eee; --received: #555; --sent: #999;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  .card { border-radius: 0; break-inside: auto; }
  .screen { display: none !important; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

REPORT = (
    COMMON
    + """
.totals {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0;
}
.totals div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .75rem 1rem; }
.totals dt { color: var(--quiet); font-size: .85rem; }
.totals dd { margin: 0; font-size: 1.45rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; }
.options { margin: 1rem 0 0; }
.online { color: var(--good); font-weight: 600; }
.drift { color: var(--warn); font-weight: 600; }
.fits { color: var(--good); font-weight: 600; }
ul.changes { list-style: none; margin: .5rem 0 0; padding: 0; }
ul.changes li { padding: .15rem 0 .15rem 1.5rem; text-indent: -1.5rem; }
.sign { display: inline-block; width: 1.5rem; text-indent: 0; font-weight: 700; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: start; padding: .5rem .75rem .5rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-inline-end: 0; }
thead th { color: var(--quiet); font-weight: 600; font-size: .85rem; white-space: nowrap; }
tbody th { font-weight: 600; max-width: 22rem; }
.online, .drift, .fits { white-space: nowrap; }
p.drift, p.fits, dd .drift { white-space: normal; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
td.number { min-width: 7rem; }
th button { all: unset; cursor: pointer; border-radius: .2rem; }
th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
th button::after { content: " \\2195"; opacity: .45; }
th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1; }
svg.bar {
  display: block; width: 100%; height: .4rem; margin-top: .2rem; border-radius: .2rem; background: var(--track);
}
.received rect { fill: var(--received); }
.sent rect { fill: var(--sent); }
.absolute { display: none; }
body:has(#absolute:checked) .absolute { display: inline; }
body:has(#absolute:checked) .relative { display: none; }
@media screen and (max-width: 47.99rem) {
  body { padding: 1rem .75rem 2rem; }
  .card { padding: 1rem; }
  table, tbody { display: block; }
  thead { display: none; }
  .sorts thead { display: block; margin-bottom: .5rem; }
  thead tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .9rem; }
  thead tr::before { content: "Sort by"; color: var(--quiet); width: 100%; }
  thead th { padding: .2rem 0; border: 0; }
  tbody tr {
    display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .25rem 1rem;
    padding: .75rem 0; border-bottom: 1px solid var(--line);
  }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td { border: 0; padding: 0; max-width: none; }
  tbody th, tbody td.wide { grid-column: 1 / -1; }
  tbody td::before {
    content: attr(data-label); display: block; color: var(--quiet); font-size: .8rem; line-height: 1.3;
  }
  tbody td:empty { display: none; }
}
@media print {
  .absolute { display: inline; }
  .relative { display: none; }
  th button::after { content: none !important; }
  th, td { padding-inline-end: .5rem; }
  table { font-size: 8pt; }
  thead th { font-size: 7.5pt; }
  tbody th { min-width: 5.5rem; }
  td.number { min-width: 3.5rem; }
  .card { padding: .75rem; }
  tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""
)

HANDOUT = (
    COMMON
    + """
body { max-width: 50rem; }
.scan { display: grid; grid-template-columns: auto 1fr; gap: 1.5rem; align-items: center; }
.scan img { display: block; width: 18rem; max-width: 100%; height: auto; border-radius: .5rem; }
.button {
  display: inline-block; margin-top: .75rem; padding: .6rem 1rem; border-radius: .5rem;
  background: var(--accent); color: var(--card); font-weight: 600; text-decoration: none;
}
dl.systems { margin: 0; }
dl.systems dt { font-weight: 650; margin-top: .9rem; }
dl.systems dd { margin: 0; }
ul.addresses { list-style: none; margin: .5rem 0 0; padding: 0; }
ul.addresses li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
ul.addresses li:last-child { border-bottom: 0; }
.address { font-size: 1.1rem; font-weight: 600; user-select: all; -webkit-user-select: all; }
@media (max-width: 35.99rem) {
  .scan { grid-template-columns: 1fr; }
  .scan img { margin: 0 auto; }
}
@media print {
  .card { border: 0; border-top: 1px solid var(--line); padding: .75rem 0; break-inside: avoid; }
  .warning { border: 2px solid #000; padding: .75rem; }
  .scan img { width: 7cm; }
}
"""
)

SORTING = """
(() => {
  "use strict";
  const order = new Intl.Collator("en", {numeric: true});
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    table.classList.add("sorts");
    heads.forEach((head, column) => {
      const key = row => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = {ascending: "descending", descending: "ascending"};
        const way = next[head.getAttribute("aria-sort")] ?? head.dataset.first ?? "ascending";
        heads.forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        body.append(...[...body.rows].sort((one, two) => sign * order.compare(key(one), key(two))));
      });
    });
  }
})();
"""
