/**
 * The Python text of the `pip` that python pods see. `pip install` of something an overlay holds already ends at once;
 * something new is installed once per namespace into an overlay that later pods share. Everything else is the real pip.
 *
 * An overlay is what the real pip would add to what is active at that moment, so its key covers the interpreter, the
 * active overlays, the arguments, the files they name and pip's own settings. Commands that cannot be described like that
 * (local folders, editable installs, unknown options) get an overlay of their own in the container's private folder.
 * The index is asked once per key: an unpinned requirement stays at the version found first, except with --upgrade,
 * whose key also holds the day.
 */
export const PIP_SHIM = String.raw`"""Skiff's pip: shares installed packages between the steps of a namespace."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REAL = os.path.join(os.path.dirname(HERE), "_skiff_real_pip")

FLAGS = {
    "-q", "--quiet", "-qq", "-qqq", "-v", "--verbose", "--no-warn-script-location", "--no-deps", "--no-cache-dir",
    "--disable-pip-version-check", "--no-input", "--no-index", "--pre", "--prefer-binary", "-U", "--upgrade",
    "--no-color", "--no-python-version-warning", "--no-compile", "--no-warn-conflicts", "--user",
}
WITH_VALUE = {
    "-i", "--index-url", "--extra-index-url", "--trusted-host", "-f", "--find-links", "--only-binary", "--no-binary",
    "--timeout", "--retries", "--cert", "--progress-bar", "--root-user-action", "--upgrade-strategy", "--proxy",
    "-r", "--requirement", "-c", "--constraint",
}
FILES = {"-r", "--requirement", "-c", "--constraint"}
ELSEWHERE = {"-t", "--target", "--prefix", "--root", "--dry-run", "--report", "--python", "-h", "--help"}
OWN = {"pip", "setuptools", "wheel"}


class Command:
    """The arguments of an install: what is asked for, and what decides the result."""

    def __init__(self):
        self.requirements = []
        self.options = []
        self.key = []
        self.shareable = True
        self.deps = True
        self.upgrade = False
        self.files = False


def parse(arguments):
    """Returns a Command, or None when the real pip must do all of it."""
    command = Command()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in ELSEWHERE:
            return None
        if not word.startswith("-"):
            command.requirements.append(word)
        elif word in FLAGS:
            if word == "--user":
                continue
            command.options.append(word)
            command.deps = command.deps and word != "--no-deps"
            command.upgrade = command.upgrade or word in ("-U", "--upgrade")
        elif name in WITH_VALUE:
            if not equals:
                if not rest:
                    return None
                value = rest.pop(0)
            command.options += [name, value]
            if name in FILES:
                command.files = True
                try:
                    with open(value, encoding="utf-8") as file:
                        text = file.read()
                except OSError:
                    return None
                command.key.append(text)
                lines = [line.strip() for line in text.splitlines()]
                if any(line.startswith(("-", ".", "/")) or "://" in line or " @ " in line for line in lines):
                    command.shareable = False
        else:
            command.options.append(word)
            command.shareable = False
    for requirement in command.requirements:
        if "/" in requirement.partition(";")[0] or requirement.startswith(".") or requirement.endswith((".whl", ".zip", ".tar.gz")):
            command.shareable = command.shareable and "://" in requirement
    command.requirements = [text for text in command.requirements if bare_name(text) not in OWN or not command.shareable]
    command.key += sorted(command.requirements) + command.options
    return command


def bare_name(requirement):
    end = 0
    while end < len(requirement) and (requirement[end].isalnum() or requirement[end] in "-_."):
        end += 1
    return requirement[:end].lower().replace("_", "-").replace(".", "-")


def read_lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return [line for line in file.read().split("\n") if line]
    except OSError:
        return []


def satisfied(command):
    """True when every requirement is met by what this interpreter sees, dependencies included. May say no needlessly."""
    if command.upgrade or command.files or not command.shareable:
        return False
    sys.path.append(REAL)
    try:
        from importlib import metadata
        from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        return False
    finally:
        sys.path.remove(REAL)
    waiting = [(text, frozenset()) for text in command.requirements]
    seen = set()
    while waiting:
        entry = waiting.pop()
        if entry in seen:
            continue
        seen.add(entry)
        text, extras = entry
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return False
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        try:
            distribution = metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            return False
        if requirement.url or not requirement.specifier.contains(distribution.version, prereleases=True):
            return False
        if command.deps:
            wanted = frozenset(requirement.extras)
            waiting += [(dependency, wanted) for dependency in distribution.requires or []]
    return True


def activate(private, overlay):
    active = read_lines(private + "/active")
    if overlay in active:
        return
    temporary = private + "/active.tmp%d" % os.getpid()
    with open(temporary, "w", encoding="utf-8") as file:
        file.write("\n".join([overlay] + active) + "\n")
    os.rename(temporary, private + "/active")
    try:
        programs = os.listdir(overlay + "/bin")
    except OSError:
        return
    for program in programs:
        link = private + "/bin/" + program
        if program.startswith(("pip", "python")):
            continue
        try:
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(overlay + "/bin/" + program, link)
        except OSError:
            pass


def real_pip(arguments):
    os.execv(sys.executable, [sys.executable, os.path.join(REAL, "pip"), *arguments])


def build(command, overlay, cache):
    """Installs into a temporary folder and renames it. Returns pip's exit code."""
    import glob
    import shutil
    import subprocess

    for stale in glob.glob(glob.escape(overlay) + ".tmp*"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = "%s.tmp%d" % (overlay, os.getpid())
    env = dict(os.environ)
    env.setdefault("PIP_CACHE_DIR", cache)
    env.pop("PIP_USER", None)
    try:
        os.makedirs(temporary + "/packages")
        code = subprocess.call(
            [sys.executable, os.path.join(REAL, "pip"), "install", "--prefix", temporary, "--no-warn-script-location",
             *command.options, *command.requirements],
            env=env,
        )
        if code != 0:
            return code
        library = "%s/lib/python%d.%d/site-packages" % ((temporary,) + sys.version_info[:2])
        if os.path.isdir(library):
            os.rmdir(temporary + "/packages")
            os.rename(library, temporary + "/packages")
            os.symlink("../../packages", library)
        if any(name.endswith(".pth") for name in os.listdir(temporary + "/packages")):
            open(temporary + "/has-pth", "w").close()
        os.rename(temporary, overlay)
        return 0
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def install(arguments):
    private = os.environ.get("SKIFF_PYTHON_DIR")
    shared = os.environ.get("SKIFF_PYTHON_OVERLAYS")
    command = parse(arguments) if private and shared else None
    if command is None or not (command.requirements or command.files or not command.shareable):
        if command is not None and arguments:
            return 0  # only pip, setuptools or wheel: the base environment has its own
        real_pip(["install", *arguments])
    import hashlib

    active = read_lines(private + "/active")
    settings = sorted("%s=%s" % item for item in os.environ.items() if item[0].startswith("PIP_"))
    day = str(int(os.stat(private).st_mtime // 86400)) if command.upgrade else ""
    parts = [sys.version, *active, "|", *command.key, "|", *settings, "|", day]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    root = shared if command.shareable else private
    overlay = "%s/%s" % (root, digest if command.shareable else "%s-%d" % (digest[:8], os.getpid()))
    if not os.path.isdir(overlay):
        if satisfied(command):
            return 0
        import fcntl

        with open(overlay + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.isdir(overlay):
                code = build(command, overlay, shared + "/.cache")
                if code != 0:
                    return code
    activate(private, overlay)
    return 0


def main(arguments=None):
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["install"] and "--help" not in arguments:
        return install(arguments[1:])
    real_pip(arguments)


if __name__ == "__main__":
    sys.exit(main())
`;

/** The package's own file: whoever imports more of pip than its command line gets the real one. */
export const PIP_SHIM_INIT = String.raw`"""Skiff's pip: the command line is Skiff's, the library is the real pip."""
import os

__path__.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_skiff_real_pip", "pip"))


def main(args=None):
    from pip.__main__ import main as run

    return run(args)


def __getattr__(name):
    if name != "__version__":
        raise AttributeError(name)
    import re

    with open(os.path.join(__path__[-1], "__init__.py"), encoding="utf-8") as file:
        return re.search('__version__ = "([^"]*)"', file.read()).group(1)
`;
