# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that checks the collection. The Makefile installs nox and calls this; see `make help`.

Whatever is installed, copied or cached lies in the git-ignored folder .build.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import random
import sys

import nox
from nox.command import CommandFailed

ROOT = pathlib.Path(__file__).resolve().parent
SCRIPTS = ROOT / "scripts"
BUILD = ROOT / ".build"

sys.path.insert(0, str(ROOT))
from scripts import java, pythons, tree  # noqa: E402
from scripts.steps import Steps  # noqa: E402

# The only place that chooses ansible-core: (version, the Pythons that may run it, best first). The
# main run takes the first row for which a Python is found; FLOOR is what requires_ansible promises.
MAIN = (
    ("2.21.5", ("3.14", "3.13", "3.12")),
    ("2.19.14", ("3.11",)),
    ("2.17.14", ("3.10",)),
)
FLOOR = (("2.16.19", ("3.10", "3.11", "3.12")),)
# What ansible-rulebook can be installed for.
EDA = (("2.21.5", ("3.13", "3.12")), ("2.19.14", ("3.11",)))
# Every version that is supported, for `make matrix`: each with the oldest Python that it runs on.
MATRIX = (
    *FLOOR,
    ("2.17.14", ("3.10", "3.11", "3.12")),
    ("2.18.19", ("3.11", "3.12", "3.13")),
    ("2.19.14", ("3.11", "3.12", "3.13")),
    ("2.20.10", ("3.12", "3.13", "3.14")),
    ("2.21.5", ("3.12", "3.13", "3.14")),
)

FOUND = pythons.find()


def without_spaces(folder: pathlib.Path) -> pathlib.Path:
    """The same folder by a path without spaces: ansible-core 2.16 can't start a Python at another."""
    if " " not in str(folder):
        return folder
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    link = cache / "premiervpn-wireguard" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():  # sessions side by side find that of the first
        link.symlink_to(folder)
    return link


def choose(rows: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, str, str | None]:
    """(ansible-core, version of Python, its path or None)."""
    for core, versions in rows:
        for version in versions:
            if version in FOUND:
                return core, version, FOUND[version]
    return rows[0][0], "", None


MAIN_CORE, MAIN_VERSION, MAIN_PYTHON = choose(MAIN)
FLOOR_CORE, FLOOR_VERSION, FLOOR_PYTHON = choose(FLOOR)
EDA_CORE, EDA_VERSION, EDA_PYTHON = choose(EDA)

if MAIN_PYTHON is None:
    sys.exit("No Python from 3.10 to 3.14 that has venv, ensurepip and ssl was found.")

os.environ["PATH"] = pythons.path_without_shims()
os.environ["ANSIBLE_HOME"] = str(BUILD / "ansible")
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
# The certificates that the machine trusts, as pip does.
os.environ.setdefault("UV_SYSTEM_CERTS", "1")
# Where Python may not keep what it compiled, every play and every tool takes twice as long.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.needs_version = ">=2026.10.20"  # for --parallel
nox.options.envdir = str(without_spaces(BUILD) / "venvs")
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
nox.options.error_on_external_run = True
nox.options.stop_on_first_error = False
nox.options.sessions = []  # the Makefile says which; without it, `nox --list` does

# Checks may run side by side, their output held back until they end, and so may what mostly waits: for
# WireGuard's hosts, or for Java. The other tests run by themselves: they take all cores, and one wants to watch.
BESIDE = {"python": MAIN_PYTHON, "allow_parallel": True}
CHECK = {**BESIDE, "tags": ["checks"]}
# What few changes break, and takes long: CI runs it, and so does a release.
GATE = {**BESIDE, "tags": ["gates"]}
FLOOR_GATE = {**GATE, "python": FLOOR_PYTHON or False}
# Whether all cases of all tests are run, as at night and for a release. Else of those that start Ansible, and so take
# seconds each, one of so many is run, and of the others some cases.
WHOLE = bool(os.environ.get("PREMIERVPN_WHOLE"))
PLAYS = int(os.environ.get("PREMIERVPN_PLAYS", "7"))

LINT = ("tests/requirements/lint.txt",)
TEST = ("meta/ee-requirements.txt", "simulator/requirements.txt", "tests/requirements/test.txt")
MUTATION = ("tests/requirements/mutation.txt",)
WORKFLOWS = ("tests/requirements/workflows.txt",)
GATES = ("tests/requirements/gates.txt",)
IMPORTER = ("tests/requirements/importer.txt",)
AWX = ("tests/requirements/awx.txt",)
DOCSITE = ("tests/requirements/docsite.txt",)
RULEBOOK = ("tests/requirements/eda.txt",)
PARTNER = ("tests/requirements/partner.txt",)
# One more than there are cores to compute, as in tests/support/scheduling.py, and two more to wait.
COMPUTING = (os.cpu_count() or 1) + 1
WAITING = 2
PLUGIN = ("-p", "tests.support.scheduling", "--dist", "loadfile", "--no-loadscope-reorder")


def workers(waiting: int = WAITING) -> tuple[str, ...]:
    """What runs tests side by side."""
    return ("-n", str(COMPUTING + waiting), *PLUGIN)


def install(step: Steps, core: str, *files: str) -> None:
    """Install ansible-core and requirements files, at the versions that constraints.txt pins."""
    wanted = [f"ansible-core=={core}"]
    for name in files:
        if (ROOT / name).exists():
            wanted += ["-r", name]
    with step.timed("install"):
        step.session.install("-c", "tests/requirements/constraints.txt", *wanted)


def begin(session: nox.Session, *files: str) -> Steps:
    """Begin a session of the main run."""
    step = Steps(session)
    print(f"ansible-core {MAIN_CORE}, Python {MAIN_VERSION}", flush=True)
    if MAIN_VERSION not in MAIN[0][1]:
        needs = ", ".join(sorted(MAIN[0][1]))
        print(f"({MAIN[0][0]} would be newer, but needs a Python of {needs}; none was found)")
    install(step, MAIN_CORE, *files)
    return step


def begin_floor(session: nox.Session, *files: str) -> Steps:
    """Begin a session of the floor run."""
    if FLOOR_PYTHON is None:
        needs = ", ".join(FLOOR[0][1])
        session.skip(f"ansible-core {FLOOR_CORE} needs a Python of {needs}; none was found")
    step = Steps(session)
    print(f"ansible-core {FLOOR_CORE}, Python {FLOOR_VERSION}", flush=True)
    install(step, FLOOR_CORE, *files)
    return step


def copy(session: nox.Session) -> tuple[pathlib.Path, dict[str, str]]:
    """(a clean copy of the checkout, the environment in which Ansible finds it)."""
    place = BUILD / "copies" / session.name
    return tree.copy(place), {"ANSIBLE_COLLECTIONS_PATH": str(place)}


def home(session: nox.Session) -> pathlib.Path:
    """A home folder for tools that would leave things in the developer's."""
    folder = BUILD / "homes" / session.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@nox.session(**CHECK)
def lint(session: nox.Session) -> None:
    """Style, types, and the form of documentation and changelog."""
    step = begin(session, *LINT, *TEST)
    step.check("ruff check", "ruff", "check", ".")
    step.check("ruff format", "ruff", "format", "--check", ".")
    step.check("yamllint", "yamllint", "--strict", ".")
    # The collection has its full name only inside a tree, and so have its imports.
    tree.link(BUILD / "tree")
    env = {"MYPYPATH": os.pathsep.join([str(BUILD / "tree"), str(ROOT)])}
    plugins = "ansible_collections.premiervpn.wireguard.plugins"
    packages = (plugins, "simulator", "scripts", "examples", "tests.support", "tests.tunnel")
    step.check("mypy", "mypy", *(f"--package={name}" for name in packages), env=env)
    where, env = copy(session)
    env["HOME"] = str(home(session))  # they keep a log there
    with session.chdir(where):
        docs = ("antsibull-docs", "lint-collection-docs", "--plugin-docs")
        step.check("antsibull-docs", *docs, "--validate-collection-refs", "self", ".", env=env)
        step.check("antsibull-changelog", "antsibull-changelog", "lint", env=env)
    step.finish()


@nox.session(**CHECK)
def reuse(session: nox.Session) -> None:
    """Whether each file says whose it is, and under which licence."""
    step = begin(session, *GATES)
    # Without this choice it needs a library of the system.
    env = {"REUSE_ENCODING_MODULE": "charset_normalizer"}
    step.run("reuse", "reuse", "lint", "--lines", env=env)


@nox.session(**CHECK)
def codespell(session: nox.Session) -> None:
    """Words that are often misspelt."""
    step = begin(session, *GATES)
    step.run("codespell", "codespell", ".")


@nox.session(**CHECK)
def partner(session: nox.Session) -> None:
    """The linters that certified event sources have to pass, with the options of Red Hat's template."""
    step = begin(session, *PARTNER)
    sources = "extensions/eda/plugins"
    files = sorted(str(path) for path in pathlib.Path(sources).rglob("*.py"))
    everything = ("--select", "ALL", "--ignore", "INP001")
    step.check("ruff", "ruff", "check", "--quiet", *everything, sources)
    step.check("darglint", "darglint", "-s", "numpy", "-z", "full", *files)
    step.check("pydoclint", "pydoclint", "--quiet", "--style", "numpy", sources)
    step.check("pylint", "pylint", *files, "--disable", "R0801,E0401")
    step.finish()


@nox.session(**CHECK)
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint with its strictest profile."""
    step = begin(session, *LINT)
    # A copy: what other tools leave in the checkout would be linted as well.
    where, env = copy(session)
    with session.chdir(where):
        step.run("ansible-lint", "ansible-lint", "--nocolor", "--offline", "--strict", env=env)


@nox.session(**GATE)
def awx(session: nox.Session) -> None:
    """What is for AWX: the set-up playbook against awx.awx, and what an execution environment gets."""
    newest = MAIN[0][0]
    if newest != MAIN_CORE:
        session.skip("the package that has awx.awx needs a Python of 3.12 or newer; none was found")
    step = begin(session, *LINT, *AWX)
    # awx.awx comes inside a package that wants an ansible-core of its own: without what it depends on.
    neighbours = BUILD / "neighbours"
    with step.timed("install awx.awx"):
        session.install("--no-deps", "--target", str(neighbours), "ansible==13.8.0")
    where, env = copy(session)
    env["ANSIBLE_COLLECTIONS_PATH"] += os.pathsep + str(neighbours)
    with session.chdir(where):
        lint = ("ansible-lint", "--nocolor", "--config-file", "scripts/awx-lint.yml")
        step.run("ansible-lint awx_setup", *lint, "playbooks/awx_setup.yml", env=env)
        wanted = (SCRIPTS / "introspect.py", BUILD / "copies" / session.name)
        step.run("ansible-builder introspect", "python", *wanted)


def build_and_install(step: Steps) -> tuple[pathlib.Path, pathlib.Path]:
    """(the artifact, the folder that it was installed to)."""
    output = BUILD / "artifact" / step.session.name
    installed = BUILD / "copies" / step.session.name
    tree.remove(output, installed)
    galaxy = ("ansible-galaxy", "collection")
    # From the checkout as it is: only so does the manifest show that it leaves out what it should.
    step.run("build", *galaxy, "build", ROOT, "--output-path", output)
    (artifact,) = output.glob("*.tar.gz")
    env = {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
    step.run("install it", *galaxy, "install", artifact, "-p", installed, "--offline", env=env)
    return artifact, installed / "ansible_collections" / "premiervpn" / "wireguard"


def run_sanity(step: Steps, where: pathlib.Path, *options: str) -> None:
    # Tests that depend on the Python's version run on every Python that ansible-test finds on PATH.
    folders = [str(pathlib.Path(path).parent) for path in FOUND.values()]
    env = {"PATH": os.pathsep.join([step.session.bin, *folders, os.environ["PATH"]])}
    command = ("python", SCRIPTS / "sanity.py", home(step.session), "--color", "no")
    with step.session.chdir(where):
        step.run("ansible-test sanity", *command, *options, *step.session.posargs, env=env)


@nox.session(**CHECK)
def sanity(session: nox.Session) -> None:
    """ansible-test sanity of what is published, nothing ignored."""
    step = begin(session, *TEST)
    _artifact, where = build_and_install(step)
    tree.git("init", "--quiet", cwd=where)  # as in a copy: ansible-test asks git for the files
    # Half of all its time went into importing each file on each Python, which the matrix and floor_sanity do as well.
    run_sanity(step, where, *(() if session.posargs else ("--skip-test", "import")))


@nox.session(**{**BESIDE, "python": FLOOR_PYTHON or False})
def floor_sanity(session: nox.Session) -> None:
    """ansible-test sanity of all files, of the oldest ansible-core that is supported."""
    step = begin_floor(session)
    run_sanity(step, copy(session)[0])


@nox.session(**GATE)
def integration(session: nox.Session) -> None:
    """ansible-test integration: against the simulator, or with a key against the real portal."""
    step = begin(session, *TEST)
    where, env = copy(session)
    env["PYTHONPATH"] = str(ROOT)
    arguments = (where, home(session), *session.posargs)
    step.run("integration", "python", "-m", "scripts.integration", *arguments, env=env)


@nox.session(**CHECK)
def workflows(session: nox.Session) -> None:
    """What GitHub reads: workflows and forms."""
    step = begin(session, *WORKFLOWS)
    step.run("workflows", "python", "-m", "scripts.workflows", BUILD / "npm")


@nox.session(**GATE)
def docsite(session: nox.Session) -> None:
    """The documentation as a site, in .build/docsite/html, looked at in a browser. A warning is an error."""
    step = begin(session, *DOCSITE)
    where, env = copy(session)
    step.run("docsite", "python", "-m", "scripts.docsite", where, BUILD / "docsite", env=env)
    step.run("look at it", "python", "-m", "scripts.docsite_check", BUILD / "docsite" / "html")


def build_and_use(step: Steps) -> None:
    """Build the artifact, look into it, install it, and use it where there is no checkout."""
    artifact, _where = build_and_install(step)
    installed = BUILD / "copies" / step.session.name
    step.run("look into it", "python", "-m", "scripts.artifact", artifact, installed)
    step.run("use it", "python", "-m", "scripts.installed", installed)


@nox.session(**GATE)
def build(session: nox.Session) -> None:
    """The artifact: build it, look into it, install it, use it."""
    build_and_use(begin(session, *TEST))


@nox.session(**FLOOR_GATE)
def floor_build(session: nox.Session) -> None:
    """The same with the oldest ansible-core that is supported."""
    build_and_use(begin_floor(session, *TEST))


@nox.session(**GATE)
def galaxy_importer(session: nox.Session) -> None:
    """What Galaxy would say to the artifact; nothing, that is."""
    step = begin(session, *IMPORTER)
    place = BUILD / "importer"
    tree.remove(place)
    galaxy = ("ansible-galaxy", "collection")
    step.run("build", *galaxy, "build", ROOT, "--output-path", place)
    (artifact,) = place.glob("*.tar.gz")
    env = {"HOME": str(home(session))}
    step.run("galaxy-importer", "python", "-m", "scripts.importer", artifact, place, env=env)


def named(session: nox.Session) -> list[str]:
    """The files and folders of tests that the command line asks for."""
    files = [str(argument).partition("::")[0] for argument in session.posargs]
    return [name for name in files if name.startswith("tests/") and (ROOT / name).exists()]


UNIT, TUNNEL = ("tests/unit",), ("tests/tunnel",)
NOT_TUNNEL = ("tests/functional", "tests/simulator", "tests/unit")


def pytest(
    step: Steps,
    *options: str,
    paths: tuple[str, ...] = (),
    examples: str = "",
    measured: bool = False,
    **env: str,
) -> None:
    """Run the tests at these paths, or those that the command line names instead.

    ``examples`` is the profile of hypothesis where nobody chose one: how many examples a law gets.
    """
    if examples:
        env["HYPOTHESIS_PROFILE"] = os.environ.get("HYPOTHESIS_PROFILE", examples)
    run = ("-m", "coverage", "run") if measured else ()
    wanted = named(step.session)
    # Workers for one file take longer to start than they save.
    alone = len(wanted) == 1 and wanted[0].endswith(".py")
    parallel = () if alone else workers(0 if paths == UNIT else WAITING)
    where = () if wanted else paths
    # Sessions run side by side, and each has to know its own failures.
    cache = ("-o", f"cache_dir={BUILD / 'pytest_cache' / step.session.name}")
    rest = (*options, *cache, *where, *step.session.posargs)
    command = ("python", *run, "-m", "pytest", "--durations=10")
    try:
        step.run("pytest", *command, *parallel, *rest, env=env)
    except CommandFailed as exc:
        # 1: it ran to its end, and tests failed. Anything else is no matter of single tests.
        if not parallel or exc.return_code != 1:
            raise
        # On a busy machine, what has real time limits may starve. What fails alone too, is broken.
        print("\nWhat failed, once more, one test after the other:", flush=True)
        step.run("alone", *command, "--last-failed", "--lfnf=none", *rest, env=env)


# Where the newest runs everything, others run what an ansible-core can change, and of the rest a sample.
# Folders by name: pytest ignores no folder that is one of its testpaths.
ON_OTHERS = ("-m", "not once")
CHANGED_BY_OTHERS = ("tests/functional", "tests/unit")


def sample(session: nox.Session, plays: int, cases: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """(options of pytest, environment), for some of the tests. One that somebody names is run whole."""
    seed = os.environ.get("PREMIERVPN_SAMPLE") or str(random.randrange(1_000_000))
    env = {
        "PREMIERVPN_SAMPLE": seed,
        "PREMIERVPN_PLAYS": str(plays),
        "PREMIERVPN_CASES": str(cases),
    }
    return ((), {}) if session.posargs else (("-p", "tests.support.sample"), env)


# Beside the checks: ansible-test keeps one core busy for minutes.
@nox.session(**{**BESIDE, "python": FLOOR_PYTHON or False}, tags=["floor"])
def floor(session: nox.Session) -> None:
    """What depends on ansible-core, with the oldest that is supported: some of it; make matrix runs all."""
    step = begin_floor(session, *TEST)
    options, env = sample(session, *((1, 1) if WHOLE else (PLAYS * 2, 0)))
    pytest(step, *ON_OTHERS, *options, paths=CHANGED_BY_OTHERS, examples="sample", **env)


@nox.session(python=MAIN_PYTHON, tags=["tests"])
def test(session: nox.Session) -> None:
    """The tests with the newest ansible-core that the newest Python here can run."""
    options, env = ((), {}) if WHOLE else sample(session, PLAYS, 3)
    few = "" if WHOLE or session.posargs else "quick"
    pytest(begin(session, *TEST), *options, paths=NOT_TUNNEL, examples=few, **env)


@nox.session(**BESIDE, tags=["tunnel"])
def tunnel(session: nox.Session) -> None:
    """The tests on real WireGuard, those on hosts with systemd too."""
    pytest(begin(session, *TEST), paths=TUNNEL, PREMIERVPN_TUNNEL="required")


@nox.session(**{**BESIDE, "python": FLOOR_PYTHON or False}, tags=["tunnel"])
def tunnel_floor(session: nox.Session) -> None:
    """Those of them that use most of Ansible, with the oldest ansible-core that is supported."""
    step = begin_floor(session, *TEST)
    pytest(step, "-m", "every_core", paths=TUNNEL, PREMIERVPN_TUNNEL="required")


@nox.session(**{**BESIDE, "python": EDA_PYTHON or False}, tags=["eda"])
def eda(session: nox.Session) -> None:
    """The event source and its rulebooks, with ansible-rulebook and Java."""
    lacking = None if EDA_PYTHON else "ansible-rulebook needs Python 3.11, 3.12 or 3.13"
    lacking = lacking or java.missing()
    if lacking:
        session.skip(lacking)
    step = Steps(session)
    print(f"ansible-core {EDA_CORE}, Python {EDA_VERSION}", flush=True)
    install(step, EDA_CORE, *TEST, *RULEBOOK)
    # Each is a process of its own that mostly waits.
    pytest(step, "--dist", "load", paths=("tests/eda",))


def add_to_matrix(core: str, versions: tuple[str, ...]) -> None:
    """Two sessions for one ansible-core: its sanity tests, and ours."""
    found = next((version for version in versions if version in FOUND), None)
    short = core.rpartition(".")[0]

    def start(session: nox.Session, *files: str) -> Steps:
        if found is None:
            needs = ", ".join(versions)
            session.skip(f"ansible-core {core} needs a Python of {needs}; none was found")
        step = Steps(session)
        print(f"ansible-core {core}, Python {found}", flush=True)
        install(step, core, *files)
        return step

    @nox.session(name=f"sanity-{short}", python=FOUND.get(found or "", False), tags=["matrix"])
    def matrix_sanity(session: nox.Session) -> None:
        """ansible-test sanity of one ansible-core."""
        run_sanity(start(session), copy(session)[0])

    @nox.session(name=f"test-{short}", python=FOUND.get(found or "", False), tags=["matrix"])
    def matrix_test(session: nox.Session) -> None:
        """The tests with one ansible-core; all of them with the oldest."""
        if core == FLOOR_CORE:
            pytest(start(session, *TEST), paths=NOT_TUNNEL)
        else:
            pytest(start(session, *TEST), *ON_OTHERS, paths=CHANGED_BY_OTHERS)


for row in MATRIX:
    add_to_matrix(*row)


@nox.session(python=MAIN_PYTHON)
def coverage(session: nox.Session) -> None:
    """All tests, and which lines and branches of module_utils none of them ran; at least 95 %."""
    step = begin(session, *TEST)
    tree.remove(BUILD / "coverage")
    pytest(step, paths=NOT_TUNNEL, measured=True)
    # A process that a test kills leaves a file that nothing was written to yet.
    step.run("combine", "coverage", "combine", "--quiet")
    step.run("report", "coverage", "report", "--fail-under=95")


@nox.session(python=MAIN_PYTHON)
def unit(session: nox.Session) -> None:
    """The fast tests only: no plays, no simulator, and of each law fewer examples."""
    pytest(begin(session, *TEST), paths=UNIT, examples="quick")


def python(session: nox.Session, *command: str | pathlib.Path, more: tuple[str, ...] = ()) -> None:
    """Run Python with ansible-core, the collection and the simulator within its reach."""
    step = begin(session, *TEST, *more)
    tree.link(BUILD / "tree")
    env = {"ANSIBLE_COLLECTIONS_PATH": str(BUILD / "tree"), "PYTHONPATH": str(ROOT)}
    step.run(session.name, "python", *command, *session.posargs, env=env)


@nox.session(python=MAIN_PYTHON)
def demo(session: nox.Session) -> None:
    """A play against the simulated portal, to watch."""
    python(session, "examples/demo/run.py")


@nox.session(python=MAIN_PYTHON)
def record(session: nox.Session) -> None:
    """Record the demo as a moving picture for README and site."""
    python(session, SCRIPTS / "record.py", ROOT / "docs" / "docsite" / "images" / "demo.svg")


@nox.session(python=MAIN_PYTHON)
def bench(session: nox.Session) -> None:
    """Measure what tasks cost, against the simulated portal."""
    python(session, "tests/bench/run.py")


@nox.session(python=MAIN_PYTHON)
def mutation(session: nox.Session) -> None:
    """Whether the unit tests notice small changes of the layers: a thousand, each day others."""
    python(session, "tests/mutation/run.py", more=MUTATION)


@nox.session(python=MAIN_PYTHON)
def parts(session: nox.Session) -> None:
    """Whether tests notice any part left out of a playbook or role."""
    python(session, "tests/mutation/parts.py")


@nox.session(python=MAIN_PYTHON)
def soak(session: nox.Session) -> None:
    """Jobs, clicks, faults and kills on a simulated server: whether anything is lost untold."""
    python(session, "tests/soak/run.py")


@nox.session(python=MAIN_PYTHON)
def docs(session: nox.Session) -> None:
    """Write what is measured (docs/fault-matrix.md, docs/bad-input.md), and take pictures of the pages."""
    python(session, "-m", "tests.functional.catalogue.page")
    python(session, "-m", "tests.functional.matrix.page")
    python(session, "-m", "tests.support.pictures")


@nox.session(python=MAIN_PYTHON)
def simulator(session: nox.Session) -> None:
    """Start the simulated portal, and leave it running."""
    python(session, "-m", "simulator")


@nox.session(python=MAIN_PYTHON)
def release(session: nox.Session) -> None:
    """Version, changelog, artifact, commit and tag; nothing is pushed. The argument is the version."""
    step = begin(session, *LINT)
    step.run("release", "python", "-m", "scripts.release", *session.posargs, BUILD / "release")


@nox.session(python=False)
def lock(session: nox.Session) -> None:
    """Choose the versions of everything anew, and write them to constraints.txt."""
    wanted = (*LINT, *GATES, *TEST, *MUTATION, *WORKFLOWS, *DOCSITE, *AWX, *IMPORTER)
    wanted += (*RULEBOOK, *PARTNER)
    files = [name for name in wanted if (ROOT / name).exists()]
    uv = pathlib.Path(sys.executable).with_name("uv")
    session.run(
        *(uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.10", *files),
        *("--no-header", "--no-annotate", "--no-emit-index-url"),
        *("--output-file", "tests/requirements/constraints.txt"),
        # Chosen by MAIN and FLOOR above; resolvelib goes with it.
        *("--no-emit-package", "ansible-core", "--no-emit-package", "resolvelib"),
        *session.posargs,
        external=True,
    )
