"""The completion scripts, by the shells that read them: bash completes, zsh and fish at least take the text.

completion_test.py BINARY
"""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

BINARY = sys.argv[1]
# The commands that --help shows, so that a new one is offered too.
HELP = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=30).stdout
PROGRAM = " ".join(line.split()[0] for line in HELP.split("ubcommands:")[-1].split("\n\n")[0].splitlines()
                   if line.startswith("  ") and not line.startswith("   "))

# What is typed, the last word being the one under the cursor, and what is offered for it.
CASES = [
    ([""], PROGRAM),
    (["de"], "dev dead-letters"),
    (["doc"], ""),  # for the makefile, not for users
    (["--"], "--help --config --plugins --version"),
    (["--config", ""], "orders.yaml pipelines"),
    (["--plugins", ""], "pipelines"),
    (["plugins", ""], "list describe"),
    (["--plugins", "run", "plugins", "l"], "list"),  # an option's value is no command
    (["plugins", "list", "--o"], "--output"),
    (["plugins", "list", "-o", ""], "json table yaml"),
    (["plugins", "list", "--output", "=", "y"], "yaml"),  # as bash splits --output=y
    (["validate", "-o", ""], "json text"),
    (["validate", "--show-defaults", "o"], "orders.yaml"),
    (["run", ""], "orders.yaml pipelines"),
    (["run", "--state", ""], "pipelines"),
    (["run", "--s"], "--state"),
    (["dev", "--"], "--help --pipeline --endpoint --once --config --plugins --version"),
    (["dev", "--endpoint", ""], ""),
    (["dead-letters", "show", "orders", "--st"], "--state"),
    (["completion", ""], "bash zsh fish"),
    (["explain", ""], ""),
]

failures = []


def check(what, condition, seen=""):
    if not condition:
        failures.append(f"{what}: {seen}")


def script(shell):
    answer = subprocess.run([BINARY, "completion", shell], capture_output=True, text=True, timeout=30)
    check(f"completion {shell}", answer.returncode == 0 and answer.stderr == "", answer.stderr)
    return answer.stdout


def in_bash(folder, path):
    lines = [f"source {path}"]
    for words, _ in CASES:
        quoted = " ".join("'" + word + "'" for word in ["millrace"] + words)
        lines.append(f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _millrace; echo \"${{COMPREPLY[*]}}\"")
    answer = subprocess.run(["bash", "--norc", "-c", "\n".join(lines)], cwd=folder, capture_output=True, text=True,
                            timeout=60)
    check("bash", answer.returncode == 0 and answer.stderr == "", answer.stderr)
    for (words, expected), line in zip(CASES, answer.stdout.split("\n")):
        check("millrace " + " ".join(words), sorted(line.split()) == sorted(expected.split()), f"{line!r} instead of {expected!r}")
    check("--help", {"run", "dead-letters", "completion"} <= set(PROGRAM.split()), HELP)
    check("bash", answer.stdout.count("\n") == len(CASES), answer.stdout)


def on_a_terminal(folder, path):
    """A bash with a readline, and a Tab key."""
    try:
        child, terminal = pty.fork()
    except OSError as error:
        print(f"no pseudo terminal here ({error}): the Tab key is not tried")
        return
    if child == 0:
        os.chdir(folder)
        os.environ["PS1"] = "$ "
        os.environ["TERM"] = "dumb"
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    seen = ""

    def until(text, limit=30):
        nonlocal seen
        end = time.monotonic() + limit
        while text not in seen and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    seen += os.read(terminal, 4096).decode(errors="replace")
                except OSError:
                    break
        return text in seen

    os.write(terminal, f"source {path}; echo rea''dy\n".encode())
    check("a bash on a terminal", until("ready"), seen)
    os.write(terminal, b"millrace dead\t")
    check("millrace dead<Tab>", until("dead-letters "), seen)
    os.write(terminal, b"sh\t")
    check("millrace dead-letters sh<Tab>", until("show "), seen)
    os.write(terminal, b"\x03exit\n")
    until("never said", 0.1)
    os.close(terminal)
    os.waitpid(child, 0)


with tempfile.TemporaryDirectory(prefix="millrace-completion-") as folder:
    place = os.path.join(folder, "work")
    os.makedirs(os.path.join(place, "pipelines"))
    open(os.path.join(place, "orders.yaml"), "w").close()
    for shell in ["bash", "zsh", "fish"]:
        path = os.path.join(folder, shell)
        with open(path, "w") as out:
            out.write(script(shell))
        if shutil.which(shell) is None:
            print(f"{shell} is not here: its script is not read")
            continue
        answer = subprocess.run([shell, "-n", path], capture_output=True, text=True, timeout=60)
        check(f"{shell} -n", answer.returncode == 0 and answer.stderr == "", answer.stderr)
    in_bash(place, os.path.join(folder, "bash"))
    on_a_terminal(place, os.path.join(folder, "bash"))
    if shutil.which("fish"):
        asked = "source " + os.path.join(folder, "fish") + "; complete -C 'millrace plugins '"
        answer = subprocess.run(["fish", "--no-config", "-c", asked], cwd=place, capture_output=True, text=True, timeout=60,
                                env={**os.environ, "HOME": folder})
        check("fish", [line.split("\t")[0] for line in answer.stdout.splitlines()] == ["describe", "list"],
              answer.stdout + answer.stderr)

for failure in failures:
    print("FAILED " + failure)
print(f"{len(CASES)} completions")
sys.exit(1 if failures else 0)
