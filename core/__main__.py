"""`python3 core demo`, `python3 core test`: everything a machine with Python 3.11 and nothing else needs.

Standard library only. The first start makes `.venv` and installs the hashed lock with uv (pip where uv is not to be
had), then core and plugins editable. A stamp over all that decides the outcome skips this the next time. The syntax
stays readable for old Pythons, so that they reach the line that tells them they are too old.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
# Present while the folder is being filled: whoever finds it knows that an earlier start was killed half-way.
UNFINISHED = VENV / ".unfinished"
INSTALL_SECONDS = 1800
# By whether the tests can run in it.
STAMPS = {False: VENV / ".stamp", True: VENV / ".stamp-test"}
# Without arguments: four processes, a file in one of them, slow folders first; tests wait more than they compute.
ALL_TESTS = ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
LAUNCH = "from ledgerport.cli.main import app; app(prog_name='ledgerport')"
USAGE = """\
python3 core demo [options]          set everything up, connect, load, sync, show the books report
python3 core test [pytest options]   set everything up, run the tests
python3 core <command> [options]     any other ledgerport command, for example: serve, worker, providers list
"""


class SetUpFailed(Exception):
    """Set-up cannot go on; the text tells a person why and what to do."""


def say(text: str) -> None:
    """One progress line for a person; on standard error, so that `--json` output stays clean."""
    print("ledgerport: " + text, file=sys.stderr, flush=True)


def run(*command: object) -> None:
    """Run one set-up step quietly; its last lines are shown when it fails. Raises SetUpFailed."""
    words = [str(word) for word in command]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        done = subprocess.run(words, env=environment, timeout=INSTALL_SECONDS, **quiet)  # type: ignore[call-overload]
    except subprocess.TimeoutExpired:
        raise SetUpFailed("no end after {} s: {}".format(INSTALL_SECONDS, " ".join(words))) from None
    if done.returncode:
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()[-15:]
        raise SetUpFailed("\n".join([" ".join(words) + " failed:", *lines]))


@contextlib.contextmanager
def only_one() -> "Iterator[None]":
    """Hold the set-up lock; the system gives it back even when this process is killed."""
    with (ROOT / ".venv.lock").open("a+b") as handle:
        if sys.platform == "win32":
            while True:
                try:
                    handle.seek(0)
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # gives up after 10 s, so ask again
                    break
                except OSError:
                    say("another start is preparing .venv; waiting for it")
        else:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("another start is preparing .venv; waiting for it")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def distributions() -> "list[Path]":
    """Core and every plugin folder that is a distribution already."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def lock_for(testing: bool) -> Path:
    """The test lock holds the runtime lock's versions and more, so one file is installed, never two."""
    return ROOT / "core" / ("requirements-test.lock" if testing else "requirements.lock")


def stamp(testing: bool) -> str:
    """What decides how the virtual environment looks: this Python, this folder, the lock, the pyprojects."""
    digest = hashlib.sha256("\n".join([sys.version, str(ROOT)]).encode())
    for path in [lock_for(testing), *(folder / "pyproject.toml" for folder in distributions())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_ready(testing: bool) -> bool:
    """A virtual environment made for the tests serves every other command too."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    return any(
        STAMPS[kind].is_file() and STAMPS[kind].read_text() == stamp(kind)
        for kind in ([True] if testing else [False, True])
    )


def is_usable() -> bool:
    """Whether the `.venv` that is there can be built upon: whole, with pip, and of the Python that runs us."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    probe = [str(PYTHON), "-c", "import pip, sys; print(sys.version)"]
    done = subprocess.run(probe, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    return done.returncode == 0 and done.stdout.decode("utf-8", "replace").strip() == sys.version.strip()


def make_venv() -> None:
    """A fresh `.venv`, marked as unfinished. Raises SetUpFailed when this Python cannot make one."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise SetUpFailed(
                "this Python ({}) comes without its module '{}', so it cannot make a virtual environment.\n"
                "On Debian or Ubuntu: apt-get install python3-venv. Then start again.".format(sys.executable, module)
            )
    if VENV.exists():
        say("the .venv here is unfinished or was made by another Python; making it anew")
        shutil.rmtree(str(VENV))
    say("making .venv with Python " + ".".join(str(part) for part in sys.version_info[:3]))
    VENV.mkdir()
    UNFINISHED.touch()
    # Started from inside the old .venv, sys.executable is gone by now; the Python it was made from is not.
    run(getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", VENV)


def install(testing: bool) -> None:
    """Install the lock by its hashes, then our own distributions. Raises SetUpFailed with what both tools said."""
    locked = ["--require-hashes", "-r", lock_for(testing)]
    ours = ["--no-deps", "--no-build-isolation", *(f"--editable={folder}" for folder in distributions())]
    say("installing what core/{} names (the first time takes about a minute)".format(lock_for(testing).name))
    try:
        run(PYTHON, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "uv>=0.5")
        for words in (["--compile-bytecode", *locked], ours):
            run(PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, *words)
    except SetUpFailed as failure:
        say("uv does not work here, going on with pip, which is slower. " + str(failure))
        run(PYTHON, "-m", "pip", "install", *locked)
        run(PYTHON, "-m", "pip", "install", *ours)


def prepare(testing: bool) -> None:
    """Make `.venv` ready unless it is. Two at once are safe, and what a killed start left behind is made anew."""
    if is_ready(testing):
        return
    with only_one():
        if is_ready(testing):
            return
        if not is_usable():
            make_venv()
        UNFINISHED.touch()
        for one in STAMPS.values():
            one.unlink(missing_ok=True)
        install(testing)
        STAMPS[testing].write_text(stamp(testing))
        UNFINISHED.unlink()
        say("ready")


def main(arguments: "list[str]") -> int:
    """Prepare, then hand over to the command; its exit code is ours."""
    if sys.version_info < (3, 11):
        say("needs Python 3.11 or newer, this is {}.{} ({})".format(*sys.version_info[:2], sys.executable))
        return 2
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    testing = arguments[0] == "test"
    try:
        prepare(testing)
    except (SetUpFailed, OSError, subprocess.SubprocessError) as failure:
        say("set-up failed. " + str(failure))
        return 1
    if testing:
        os.chdir(str(ROOT))
        command = [str(PYTHON), "-m", "pytest", *(arguments[1:] or ALL_TESTS)]
    else:
        # -P: a file in the caller's folder must not be imported in place of an installed package.
        command = [str(PYTHON), "-P", "-c", LAUNCH, *arguments]
    if sys.platform == "win32":
        return subprocess.call(command)
    os.execv(command[0], command)  # signals and the exit code are the command's own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
