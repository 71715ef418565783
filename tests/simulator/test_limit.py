# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit, latency and the delay of a create."""

from __future__ import annotations

import datetime
import email.utils
import time

import pytest
import requests

from simulator.limiter import Limiter


def test_the_limit_is_for_each_key(acme, globex, simulator):
    simulator.settings(rate_limit=3)
    assert [acme.get("/servers").status_code for _turn in range(4)] == [200, 200, 200, 429]
    assert globex.get("/servers").status_code == 200


def test_the_answer_and_retry_after_in_seconds(acme, simulator):
    simulator.settings(rate_limit=1, window=30)
    acme.get("/servers")
    response = acme.post("/servers/5/users", {"client_name": "phone"})
    assert response.status_code == 429
    assert response.json()["code"] == "rate_limited"
    assert response.headers["Retry-After"] == "30"
    # It was not carried out.
    assert simulator.state()["users"] == []


def test_retry_after_as_a_date(acme, simulator):
    simulator.settings(rate_limit=1, window=30)
    simulator.shapes(retry_after="date")
    acme.get("/servers")
    date = email.utils.parsedate_to_datetime(acme.get("/servers").headers["Retry-After"])
    wait = (date - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert 28 < wait <= 31


def test_no_retry_after(acme, simulator):
    simulator.settings(rate_limit=1)
    simulator.shapes(retry_after="missing")
    acme.get("/servers")
    assert "Retry-After" not in acme.get("/servers").headers


def test_waiting_as_told_helps(acme, simulator):
    simulator.settings(rate_limit=2, window=1)
    acme.get("/servers")
    acme.get("/servers")
    response = acme.get("/servers")
    assert response.status_code == 429
    time.sleep(int(response.headers["Retry-After"]))
    assert acme.get("/servers").status_code == 200


def test_a_bad_key_and_the_control_do_not_count(acme, nobody, simulator):
    simulator.settings(rate_limit=1)
    for _turn in range(5):
        assert nobody.get("/servers").status_code == 401
        simulator.requests()
    assert acme.get("/servers").status_code == 200


def test_errors_do_count(acme, simulator):
    simulator.settings(rate_limit=2)
    acme.get("/nothing")
    acme.delete("/users/1")
    assert acme.get("/servers").status_code == 429


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_window_slides(clock):
    limiter = Limiter(clock)
    assert limiter.admit("key", 2, 60) is None
    clock.now += 30
    assert limiter.admit("key", 2, 60) is None
    assert limiter.admit("key", 2, 60) == 30
    clock.now += 30
    assert limiter.admit("key", 2, 60) is None
    assert limiter.admit("key", 2, 60) == 30


def test_refused_requests_do_not_count(clock):
    limiter = Limiter(clock)
    assert limiter.admit("key", 1, 60) is None
    for _turn in range(59):
        clock.now += 1
        assert limiter.admit("key", 1, 60) is not None
    clock.now += 1
    assert limiter.admit("key", 1, 60) is None


def test_a_limit_that_was_lowered(clock):
    limiter = Limiter(clock)
    for _turn in range(5):
        assert limiter.admit("key", 5, 60) is None
        clock.now += 10
    # 950 to 990; two may stand in the window when the one of 980 is let out.
    assert limiter.admit("key", 2, 60) == 40


def test_latency(acme, simulator):
    simulator.settings(latency=200)
    start = time.monotonic()
    acme.get("/servers")
    assert time.monotonic() - start >= 0.2


def test_creating_takes_time_and_goes_on_without_the_client(acme, simulator):
    simulator.settings(create_delay=500)
    with pytest.raises(requests.ReadTimeout):
        acme.post("/servers/5/users", {"client_name": "phone"}, timeout=0.1)
    assert acme.names() == []
    time.sleep(0.7)
    assert acme.names() == ["phone"]
