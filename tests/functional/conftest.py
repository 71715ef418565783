# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from tests.support.fixtures import inventories, module, run, simulator, simulator_process

__all__ = ["inventories", "module", "run", "simulator", "simulator_process"]
