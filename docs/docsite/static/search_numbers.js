/*
 * Copyright (c) 2026, PremierVPN
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sphinx's search leaves out numbers. Here a status such as 429 is what people look for; conf.py has them in the index.
 */
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  if (typeof Search === "undefined") return;
  const parse = Search._parseQuery;
  Search._parseQuery = query => {
    const parts = parse(query), [, wanted, , highlighted] = parts;
    for (const number of query.match(/(?<!\S)[1-5]\d\d(?!\S)/g) ?? []) {
      wanted.add(number);
      highlighted.add(number);
    }
    return parts;
  };
});
