import time


def show(run):
    print(
        [
            (
                r.task.split(" : ")[-1],
                r.status,
                r.values.get("action"),
                r.values.get("reasons"),
                r.msg[:300] if r.failed else "",
            )
            for r in run.results
            if r.failed or "action" in r.values
        ],
        run.output.strip().splitlines()[-1],
        flush=True,
    )


def st(host):
    print(
        host.attempt(
            "sh",
            "-c",
            "systemctl is-enabled wg-quick@pvpn0; systemctl is-active wg-quick@pvpn0; systemctl list-units --all 'wg-*' --no-legend; ls /var/lib/wg_client /etc/wireguard -a; ip rule | grep 310",
        ).stdout,
        flush=True,
    )


KW = dict(wg_client_install=False)


def test_systemd(booted):
    host, lab, plays = booted.host, booted.lab, booted.plays
    t = time.time()
    show(plays.role(host, **KW))
    print(time.time() - t)
    st(host)
    show(plays.role(host, **KW))
    show(plays.role(host, wg_client_guard=False, wg_client_rollback=15, **KW))
    st(host)
    show(plays.role(host, wg_client_post_up=["false"], **KW))
    st(host)
    show(plays.role(host, wg_client_routes="forwards", wg_client_enabled=False, **KW))
    st(host)
    show(plays.role(host, wg_client_state="absent", **KW))
    st(host)
    show(plays.role(host, wg_client_state="absent", **KW))
    st(host)
