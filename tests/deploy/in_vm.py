"""The life of the service, step by step, in the machine that `deploy/try-in-vm` boots.

systemd starts it there as root, with the system's Python and nothing else; a step is a function, and each prints one
line. What it needs is in /cargo. Not here: the machine (`deploy/try-in-vm`), what pytest runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CARGO = Path("/cargo")
DISCORD, GROK = 8080, 50051
SANDBOX = Path("/run/sandbox.env")
ETC = Path("/etc/grokbot")
READY_SECONDS = 600
"""An emulated machine is some twenty times slower than a real one."""

MUTE_SECONDS = 120
"""Within this a bot that Discord cannot reach is killed and started again."""

UV = {"UV_OFFLINE": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(CARGO / "wheels"), "UV_PYTHON": "/usr/bin/python3"}
PATH = f"{CARGO}:/root/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WHEELS = ("--wheels", str(CARGO / "wheels"), "--wait", str(READY_SECONDS))


class StepError(Exception):
    """What a step found."""


def run(*command: str | Path, code: int = 0) -> str:
    """Runs a command as a person at a terminal would. Returns all that it says."""
    done = subprocess.run(  # noqa: S603 - our own words
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=1200,
        env={**os.environ, **UV, "PATH": PATH},
        cwd="/root",
    )
    if done.returncode != code:
        raise StepError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout.strip()[-900:]}")
    return done.stdout


def check(holds: object, what: str) -> None:
    if not holds:
        raise StepError(what)


def until(holds: Callable[[], object], what: str, seconds: float = READY_SECONDS) -> float:
    """Waits. Returns how many seconds it took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise StepError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.5)
    return time.monotonic() - began


def show(name: str, unit: str = "grokbot") -> str:
    return run("systemctl", "show", "-P", name, unit).strip()


def active(unit: str = "grokbot") -> bool:
    return show("ActiveState", unit) == "active"


def pid(unit: str = "grokbot") -> str:
    return show("MainPID", unit)


def ready_again(former: str, unit: str = "grokbot") -> float:
    """Waits for another process that is ready."""
    return until(lambda: active(unit) and pid(unit) not in {former, "0"}, f"{unit} is ready again")


def control(path: str, body: dict[str, str] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(f"http://127.0.0.1:{DISCORD}/sandbox/{path}", data, timeout=60) as answer:
        return json.load(answer)


def sandbox_value(name: str) -> str:
    found = re.search(rf"^export {name}=(.*)$", SANDBOX.read_text(), re.MULTILINE)
    return found[1] if found is not None else ""


def shown(words: str) -> bool:
    """Whether anybody wrote these words anywhere in the sandbox's Discord."""
    places = (place["id"] for place in control("channels"))
    return any(words in message["content"] for place in places for message in control(f"channels/{place}/messages"))


def ask(question: str) -> float:
    """A person mentions the bot. Returns the seconds until the whole answer is there."""
    bot = re.search(r"<@\d+>", SANDBOX.read_text())
    check(bot is not None, "the sandbox names its bot")
    before = [place["id"] for place in control("channels")]
    control("say", {"author": "alice", "channel": "general", "content": f"{bot[0] if bot else ''} {question}"})

    def answered() -> bool:
        threads = [place["id"] for place in control("channels") if place["id"] not in before]
        return any("1 question" in m["content"] for place in threads for m in control(f"channels/{place}/messages"))

    return until(answered, "an answer stands in the thread")


def follow_up(words: str) -> None:
    """In the newest thread: the bot must still know what was said there before."""
    thread = [place for place in control("channels") if place["parent"]][-1]["id"]
    control("say", {"author": "alice", "channel": thread, "content": words})
    until(lambda: any("2 questions" in m["content"] for m in control(f"channels/{thread}/messages")), "it still knows")


def journal(words: str, unit: str = "grokbot") -> bool:
    return words in run("journalctl", "--no-pager", "-o", "cat", "-u", unit)


def version() -> str:
    return run("/usr/local/bin/grokbot", "--version").split()[-1]


def program() -> str:
    """Installs the program from wheels, as a person would."""
    run("uv", "tool", "install", "--quiet", "grokbot")
    return run("grokbot", "--version").strip()


def sandbox() -> str:
    """A Discord and a Grok run in an environment of their own."""
    serve = (
        CARGO / "sandbox" / "bin" / "grokbot",
        "sandbox",
        "--serve",
        "--discord-port",
        str(DISCORD),
        "--grok-port",
        str(GROK),
    )
    run(
        "systemd-run",
        "--quiet",
        "--unit",
        "sandbox",
        "-E",
        "HOME=/root",
        "-p",
        f"StandardOutput=file:{SANDBOX}",
        *serve,
    )
    until(lambda: SANDBOX.exists() and "Ctrl-C" in SANDBOX.read_text(), "the sandbox listens")
    ETC.mkdir()
    lines = (
        "[discord]",
        *(f'{key} = "{sandbox_value(f"GROKBOT_DISCORD__{key.upper()}")}"' for key in ("api_url", "gateway_url")),
        "[xai]",
        f'target = "127.0.0.1:{GROK}"',
        "insecure = true",
    )
    (ETC / "grokbot.toml").write_text("\n".join(lines) + "\n")
    for name, variable in (("token", "GROKBOT_DISCORD__TOKEN"), ("key", "GROKBOT_XAI__API_KEY")):
        file = Path("/root", name)
        file.touch(0o600)
        file.write_text(sandbox_value(variable))
    return ""


SECRETS = ("--token-file", "/root/token", "--key-file", "/root/key")


def dry_run() -> str:
    """install --dry-run names everything and changes nothing."""
    told = run("grokbot", "service", "install", *WHEELS, *SECRETS, "--dry-run")
    check("/etc/systemd/system/grokbot.service" in told, told)
    check(not Path("/opt/grokbot").exists(), "nothing was made")
    return f"{len(told.splitlines())} lines"


def install() -> str:
    """install: environment, units, secrets, READY, and the address to click."""
    told = run("grokbot", "service", "install", *WHEELS, *SECRETS)
    check(active(), told)
    check(show("UnitFileState") == "enabled", "it starts with the machine")
    for secret in ("discord.token", "xai.api_key"):
        check((ETC / secret).stat().st_mode & 0o777 == 0o600, f"{secret} is root's alone")
    check("api_url" in (ETC / "grokbot.toml").read_text(), "the settings are not overwritten")
    return next((line.strip() for line in told.splitlines() if "oauth2" in line or "https://" in line), told[-80:])


def install_again() -> str:
    """install once more has nothing to do."""
    was = pid()
    told = run("grokbot", "service", "install", *WHEELS)
    check("Nothing to do" in told and pid() == was, told)
    return ""


def status() -> str:
    """systemctl status shows what it does, grokbot status the same."""
    check(show("StatusText"), "there is a status")
    run("systemctl", "status", "--no-pager", "grokbot")
    run("grokbot", "status")
    return show("StatusText")


def answer() -> str:
    """A question is answered in a thread."""
    return f"after {ask('Why is the sky blue?'):.1f} s"


def reload() -> str:
    """systemctl reload: the log's level changes while it runs."""
    was = pid()
    config = ETC / "grokbot.toml"
    text = config.read_text()
    config.write_text(f'{text}[daemon]\nlog_level = "debug"\n')
    run("systemctl", "reload", "grokbot")
    until(lambda: journal("reload"), "the log says so")
    check(active() and pid() == was, "it runs on")
    config.write_text(text)
    run("systemctl", "reload", "grokbot")
    return ""


def kill() -> str:
    """SIGKILL: it comes back by itself and still knows."""
    was = pid()
    run("systemctl", "kill", "-s", "KILL", "grokbot")
    seconds = ready_again(was)
    follow_up("And at night?")
    return f"ready after {seconds:.0f} s"


def watchdog() -> str:
    """A frozen process (SIGSTOP) is killed and started again."""
    was = pid()
    run("kill", "-STOP", was)
    seconds = until(lambda: pid() != was, "systemd kills it", MUTE_SECONDS)
    ready_again(was)
    check(journal("Watchdog timeout"), "by the watchdog")
    return f"killed after {seconds:.0f} s"


def mute() -> str:
    """Discord and Grok fall silent: it is killed and started again within two minutes."""
    was = pid()
    run("systemctl", "kill", "-s", "STOP", "sandbox")
    try:
        seconds = until(lambda: pid() != was, "the mute bot is killed", MUTE_SECONDS + 30)
        said = show("StatusText")
    finally:
        run("systemctl", "kill", "-s", "CONT", "sandbox")
    ready_again(was)
    return f"killed after {seconds:.0f} s; {said}"


def restart() -> str:
    """systemctl restart ends within its drain, and goes on where it was."""
    was = pid()
    began = time.monotonic()
    run("systemctl", "restart", "grokbot")
    ready_again(was)
    ask("Again?")
    return f"{time.monotonic() - began:.0f} s, with an answer"


def encrypt() -> str:
    """install --encrypt: the secrets are encrypted with the machine's key, no plain file stays."""
    settings = (ETC / "grokbot.toml").read_text()
    try:
        run("grokbot", "service", "install", *WHEELS, "--encrypt")
    except StepError as error:  # what follows is about other things
        said = [line for line in run("journalctl", "-b", "--no-pager", "-o", "cat").splitlines() if "redential" in line]
        run("grokbot", "service", "uninstall", "--yes", "--purge")
        (ETC / "grokbot.toml").write_text(settings)
        run("grokbot", "service", "install", *WHEELS, *SECRETS)
        raise StepError(f"{' / '.join(dict.fromkeys(said))} {error}") from None
    check(active(), "it runs with encrypted secrets")
    check(
        not (ETC / "discord.token").exists() and (ETC / "discord.token.cred").exists(), "only encrypted files are left"
    )
    token = sandbox_value("GROKBOT_DISCORD__TOKEN")
    check(token not in (ETC / "discord.token.cred").read_text(), "encrypted")
    ask("With encrypted secrets?")
    return ""


def backup() -> str:
    """A backup beside the running bot, and the proof of it."""
    run("grokbot", "store", "backup", "/root/copy.sqlite3")
    run("grokbot", "store", "verify", "/root/copy.sqlite3")
    return f"{Path('/root/copy.sqlite3').stat().st_size // 1024} KiB"


def update() -> str:
    """update: a second version, with a backup before, and all conversations after."""
    first = version()
    run("grokbot", "service", "update", *WHEELS, "--from", CARGO / "newer")
    check(version() != first and active(), "the new version runs")
    ask("Are you newer?")
    copies = list(Path("/var/lib/private/grokbot/backups").glob("*.sqlite3"))
    check(copies, "there is a backup")
    return f"{first} to {version()}, {len(copies)} backups"


def broken() -> str:
    """update to a version that cannot start goes back by itself."""
    before = version()
    wait = ("--wheels", str(CARGO / "wheels"), "--wait", str(READY_SECONDS))
    told = run("grokbot", "service", "update", *wait, "--from", CARGO / "broken", code=1)
    check(version() == before and active(), f"the old version runs: {told}")
    ask("Are you still there?")
    return told.strip().splitlines()[-1][:120]


def rollback() -> str:
    """rollback: the version before."""
    before = version()
    run("grokbot", "service", "rollback", "--yes", "--wait", str(READY_SECONDS))
    check(version() != before and active(), "the version before runs")
    ask("Are you the old one?")
    return f"{before} to {version()}"


def second() -> str:
    """A second bot of the same machine: grokbot@second."""
    (ETC / "second.toml").write_text((ETC / "grokbot.toml").read_text())
    run("grokbot", "service", "install", *WHEELS, *SECRETS, "--name", "second")
    check(active("grokbot@second") and active(), "both run")
    users = {Path(f"/proc/{pid(unit)}").stat().st_uid for unit in ("grokbot", "grokbot@second")}
    check(len(users) == 2 and 0 not in users, f"as users of their own: {users}")
    run("grokbot", "service", "uninstall", "--yes", "--name", "second")
    check(not active("grokbot@second") and active(), "the first one stays")
    return ""


def uninstall() -> str:
    """uninstall keeps data, settings and secrets."""
    run("/root/.local/bin/grokbot", "service", "uninstall", "--yes")
    check(not active() and not Path("/opt/grokbot").exists(), "the program has gone")
    check(Path("/var/lib/private/grokbot/grokbot.sqlite3").exists(), "the database is there")
    check((ETC / "grokbot.toml").exists(), "the settings are there")
    return ""


def purge() -> str:
    """uninstall --purge: nothing stays."""
    settings = (ETC / "grokbot.toml").read_text()
    grokbot = "/root/.local/bin/grokbot"
    run(grokbot, "service", "uninstall", "--yes", "--purge", "--name", "second")
    run(grokbot, "service", "uninstall", "--yes", "--purge")
    kept = ["/opt/grokbot", "/var/lib/grokbot", "/var/lib/private/grokbot", "/usr/local/bin/grokbot"]
    left = [path for path in kept if Path(path).exists()] + [str(path) for path in ETC.glob("*")]
    left += map(str, Path("/etc/systemd/system").rglob("grokbot*"))
    ETC.mkdir(exist_ok=True)
    (ETC / "grokbot.toml").write_text(settings)
    check(not left, f"left behind: {left}")
    return ""


def debian() -> str:
    """The Debian package: says what to do, starts with its secrets, restarts at an upgrade."""
    (package,) = CARGO.glob("grokbot_*.deb")
    settings = (ETC / "grokbot.toml").read_text()
    (ETC / "grokbot.toml").unlink()
    told = run("dpkg", "--install", package)
    check("grokbot setup" in told and not active(), told)
    (ETC / "grokbot.toml").write_text(settings)
    for name, secret in (("token", "discord.token"), ("key", "xai.api_key")):
        run("install", "-m", "0600", f"/root/{name}", ETC / secret)
    run("systemctl", "enable", "--now", "grokbot")
    ask("Are you from a package?")
    check("Debian's package" in run("/usr/bin/grokbot", "service", "update", code=1), "it leaves updates to dpkg")
    was = pid()
    run("dpkg", "--install", package)
    ready_again(was)
    check((ETC / "grokbot.toml").read_text() == settings, "the settings stay")
    return ""


def debian_purge() -> str:
    """dpkg --purge stops it, and nothing stays."""
    run("dpkg", "--purge", "grokbot")
    kept = ("/usr/lib/grokbot", "/var/lib/private/grokbot", "/etc/grokbot", "/usr/bin/grokbot")
    check(not active() and not any(Path(path).exists() for path in kept), "all has gone")
    return ""


STEPS = (
    program,
    sandbox,
    dry_run,
    install,
    install_again,
    answer,
    status,
    reload,
    kill,
    watchdog,
    mute,
    restart,
    backup,
    encrypt,
    update,
    broken,
    rollback,
    second,
    uninstall,
    purge,
    debian,
    debian_purge,
)
NEEDED = {program, sandbox, install}
"""Without these the rest says nothing."""


def main() -> int:
    """One line for each step; how many failed."""
    failed = 0
    for step in STEPS:
        began = time.monotonic()
        try:
            mark, said = "ok    ", step()
        except (StepError, OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
            failed += 1
            mark, said = "FAILED", f"{type(error).__name__}: {error}"
        title = (step.__doc__ or "").splitlines()[0]
        print(f"{mark} {time.monotonic() - began:6.1f} s  {title} {' '.join(said.split())}".rstrip())
        if mark == "FAILED" and step in NEEDED:
            break
    print(f"{failed} failed" if failed else "all ok")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
