# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal of one's own: the PremierVPN WireGuard API on this machine, to try playbooks on.

It follows the facts of the API row by row; the rows are named E1 to E15 (see ``endpoints.py``).
Start it with ``python3 -m simulator``; ``README.md`` in this folder tells the rest.

Nothing is imported here: ``simulator.process`` must work where aiohttp is not installed.
"""
