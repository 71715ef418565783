# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""How the report looks, on a screen of any width and on paper; and the script that searches and sorts it."""

from __future__ import annotations

from .style import COMMON

STYLE = (
    COMMON
    + """
.totals {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0;
}
.totals div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .75rem 1rem; }
.totals dt { color: var(--quiet); font-size: .85rem; }
.totals dd { margin: 0; font-size: 1.45rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tools {
  position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center;
  min-height: 3.25rem; margin: 1rem -.25rem 0; padding: .5rem .25rem; background: var(--page);
}
.search { flex: 0 1 24rem; display: flex; gap: .5rem; align-items: center; }
.search input {
  flex: 1; min-width: 6rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--edge); border-radius: .5rem; padding: .3rem .6rem;
}
[hidden] { display: none !important; }
.searching .overall { display: none; }
body:has(#online:checked) .users tbody tr:not([data-online]) { display: none; }
.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 0 1.5rem; }
.groups h3 { margin: .75rem 0 .25rem; }
.groups ul { list-style: none; margin: 0; padding: 0; font-size: .94rem; }
summary { cursor: pointer; }
.server > summary { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; }
.server > summary::before { content: "\\25B8"; margin-inline-end: -.5rem; color: var(--quiet); }
.server[open] > summary::before { content: "\\25BE"; }
.server > summary::-webkit-details-marker { display: none; }
.server, .users tr { scroll-margin-top: 6.5rem; }
.online, .drift, .fits { font-weight: 600; white-space: nowrap; }
.online, .fits { color: var(--good); }
.drift { color: var(--warn); }
p.drift, p.fits, dd .drift { white-space: normal; }
ul.changes { list-style: none; margin: .5rem 0 0; padding: 0; }
ul.changes li { padding: .15rem 0 .15rem 1.5rem; text-indent: -1.5rem; }
.sign { display: inline-block; width: 1.5rem; text-indent: 0; font-weight: 700; }
table { border-collapse: collapse; width: 100%; margin-top: .75rem; font-size: .94rem; line-height: 1.4; }
th, td { text-align: start; padding: .3rem .75rem .3rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-inline-end: 0; }
thead th { color: var(--quiet); font-weight: 600; font-size: .85rem; white-space: nowrap; }
tbody th { font-weight: 600; max-width: 22rem; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover, tbody tr:target { background: color-mix(in srgb, var(--accent) 8%, transparent); }
td.number { white-space: nowrap; }
td.number span { display: inline-block; min-width: 4.7rem; }
.ports { max-width: 20rem; }
.ports summary { font-variant-numeric: tabular-nums; }
.forwards { margin: 0; padding: 0 0 .25rem 1rem; list-style: none; }
th button { all: unset; cursor: pointer; border-radius: .2rem; }
th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
th button::after { content: " \\2195"; color: var(--quiet); }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
svg.bar { display: inline-block; width: 4.5rem; height: .45rem; border-radius: .2rem; background: var(--track); }
.from rect { fill: var(--from); }
.to rect { fill: var(--to); }
.absolute { display: none; }
body:has(#absolute:checked) .absolute { display: inline; }
body:has(#absolute:checked) .relative { display: none; }
@media screen and (min-width: 48rem) {
  .users thead th {
    position: sticky; top: 3.25rem; z-index: 1; background: var(--card); box-shadow: 0 1px var(--line);
  }
}
@media screen and (max-width: 47.99rem) {
  body { padding: 1rem .75rem 2rem; }
  .card { padding: .75rem 1rem; }
  .search { flex: 1 0 100%; }
  table, tbody { display: block; }
  thead { display: none; }
  .sorts thead { display: block; margin-bottom: .25rem; }
  thead tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .9rem; }
  thead tr::before { content: "Sort by"; color: var(--quiet); }
  thead th { padding: .1rem 0; border: 0; }
  tbody tr {
    display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 .75rem;
    padding: .35rem 0; border-bottom: 1px solid var(--line);
  }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td { border: 0; padding: 0; max-width: none; }
  tbody td::before { content: attr(data-label) " "; color: var(--quiet); font-size: .8rem; }
  td.number { white-space: normal; }
  td.number span { min-width: 0; }
  svg.bar { display: block; width: 100%; height: .25rem; }
  .users tbody tr { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .users tbody th, .users .seen { grid-column: span 3; }
  .users .seen, .users .address { text-align: end; }
  .users td { grid-column: span 2; }
  .users td::before { content: none; }
  .users .from::before { content: "From "; }
  .users .to::before { content: "To "; }
  .users .ports { grid-column: 1 / -1; order: 1; }
  tbody td:empty { display: none; }
}
@media print {
  .absolute { display: inline; }
  .relative { display: none; }
  th button::after { content: none !important; }
  .totals { grid-template-columns: repeat(6, 1fr); gap: .25rem; margin-top: .5rem; }
  .totals div { padding: .25rem .5rem; border-radius: 0; }
  .totals dd { font-size: 1rem; }
  .card { padding: .5rem; margin-top: .5rem; }
  .server > summary::before { content: none !important; }
  table, .groups ul { font-size: 7.5pt; line-height: 1.25; }
  .groups { grid-template-columns: repeat(4, 1fr); gap: 0 .75rem; }
  thead th { font-size: 7.5pt; }
  th, td { padding: .1rem .5rem .1rem 0; }
  tbody th { min-width: 8rem; }
  td.seen { white-space: nowrap; }
  td.number span { min-width: 0; }
  svg.bar { display: none; }
  .ports { max-width: none; }
  .forwards { padding: 0; }
  .forwards li { display: inline; }
  .forwards li + li::before { content: "; "; }
  tr { break-inside: avoid; }
  h2, h3, .server > summary { break-after: avoid; }
}
/* Paper has everything, folded or not: here by the style alone, elsewhere by the script. */
@supports selector(::details-content) {
  @media print {
    details::details-content { content-visibility: visible; block-size: auto; }
    .ports summary, .groups summary { display: none; }
  }
}
"""
)

SCRIPT = """
(() => {
  "use strict";
  const order = new Intl.Collator("en", {numeric: true});
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  for (const table of all("table.sortable")) {
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

  const fold = text => text.toLowerCase().replace(/\\s+/g, " ");
  const text = element => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), parts = [];
    while (walker.nextNode()) parts.push(walker.currentNode.data);
    return fold(parts.join(" "));
  };
  const servers = all(".server").map(element => {
    const name = text(element.querySelector("summary"));
    const rows = all(".users tbody tr", element).map(row => {
      const folded = row.querySelector(".ports details");
      return {row, folded, text: `${text(row)} ${name}`, rules: folded ? text(folded.querySelector("ul")) : ""};
    });
    return {element, rows};
  });
  const search = document.getElementById("search"), online = document.getElementById("online");
  const found = document.getElementById("found");
  const filter = () => {
    const words = fold(search.value).trim().split(" ").filter(Boolean);
    let shown = 0, users = 0;
    for (const server of servers) {
      let here = 0;
      for (const {row, folded, text, rules} of server.rows) {
        row.hidden = !words.every(word => text.includes(word));
        here += !row.hidden && (!online.checked || row.hasAttribute("data-online"));
        if (folded) folded.open = words.some(word => rules.includes(word));
      }
      const filtering = words.length > 0 || online.checked;
      server.element.hidden = filtering && !here;
      if (filtering && here) server.element.open = true;
      shown += here;
      users += server.rows.length;
    }
    document.body.classList.toggle("searching", words.length > 0);
    found.textContent = shown === users ? found.dataset.all : `${shown} of ${found.dataset.all}`;
  };
  if (search) {
    found.dataset.all = found.textContent;
    search.parentElement.hidden = false;
    search.addEventListener("input", filter);
    online.addEventListener("change", filter);
    // A browser may remember what was typed or chosen before the page was loaded again.
    filter();
  }
  // A link leads to what can be seen.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    const server = target.closest(".server");
    if (target.offsetParent === null && search) {
      search.value = "";
      online.checked = false;
      filter();
    }
    if (server) server.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    closed.forEach(one => { one.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach(one => { one.open = false; }));
})();
"""
