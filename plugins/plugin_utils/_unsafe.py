# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Foreign text must never be rendered as a template. From ansible-core 2.19 on, text is not a template
unless it is marked as trusted; before, every text was, unless marked as unsafe.
"""

from __future__ import annotations

from typing import Any

try:
    from ansible.template import trust_as_template as _only_since_2_19  # noqa: F401
except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var

    def never_template(value: Any) -> Any:
        """``value``, with every text inside it marked so that Ansible does not render it."""
        return wrap_var(value)

else:

    def never_template(value: Any) -> Any:
        """``value`` itself: what comes from outside is not trusted, and so not rendered."""
        return value
