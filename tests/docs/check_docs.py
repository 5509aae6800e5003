#!/usr/bin/env python3
"""Tries what the documentation shows: every pipeline is validated, every command is run or at least known.

usage: check_docs.py MILLRACE REPOSITORY [FILE.md ...]     (no files: those that the repository has)
The plugins are those beside the program, and those of the examples in the same build.

A fenced ```yaml block is a pipeline or a part of one: what a pipeline needs and the block lacks is added before
`millrace validate` sees it. A block that is something else says so in its fence: ```yaml not-a-pipeline. Secrets that a
block names are made up. In ```console and ```sh blocks, lines that begin with `millrace` or `make` (after a prompt and variables)
are tried: `make X` needs a target X; `millrace X` needs a subcommand X with the flags that are shown, and those commands
that end by themselves and change nothing are run. What a ```console block shows below a `millrace filter eval` has to be what it
prints.
A line that begins with one of the repository's own programs (tests/bench/run ...) needs that file, and each flag in
its --help.
"""
import os, re, shlex, subprocess, sys, tempfile
from pathlib import Path

FRAME = {
    "name": "name: from-the-docs\n",
    "source": 'source: {type: self_managed_kafka, bootstrap_servers: ["localhost:9092"], topics: [t]}\n',
    "encoder": "encoder: {type: lambda_event}\n",
    "sink": 'sink: {type: lambda_invoke, function: f, endpoint: "http://localhost:9000"}\n',
}
FIELDS = set(FRAME) | {"enabled", "auth", "filters", "on_filter_error", "batch", "delivery"}
RUN = {"explain", "version", "schema", "validate", "plugins"}  # subcommands that are run as they are shown


def documents(root):
    names = subprocess.run(["git", "-C", str(root), "ls-files", "*.md"], capture_output=True, text=True)
    found = [root / name for name in names.stdout.split()] if names.returncode == 0 else sorted(root.glob("**/*.md"))
    return [path for path in found if "build" not in path.relative_to(root).parts]


def blocks(path):
    """(language, rest of the fence, first line's number, text) of each fenced block."""
    fence = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        opened = re.match(r"^\s*```(\w*)\s*(.*)$", line)
        if fence is None and opened:
            fence = (opened[1], opened[2].strip(), number + 1, [])
        elif fence is not None and line.strip() == "```":
            yield fence[0], fence[1], fence[2], "\n".join(fence[3]) + "\n"
            fence = None
        elif fence is not None:
            fence[3].append(line)


class Checker:
    def __init__(self, millrace, root):
        self.millrace, self.root = millrace, root
        self.checked = {"pipelines": 0, "commands": 0}
        self.problems = []
        makefile = (root / "Makefile").read_text()
        build = Path(millrace).resolve().parent.parent
        folders = [build / "lib/millrace/plugins", build / "example-plugins"]
        self.plugins = [word for folder in folders if folder.exists() for word in ("--plugins", str(folder))]
        self.targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))

    def problem(self, place, text):
        self.problems.append(f"{place}: {text}")

    def call(self, words, **kwargs):
        return subprocess.run([self.millrace, *words], capture_output=True, text=True, timeout=60, cwd=self.root, **kwargs)

    def pipeline(self, place, text):
        keys = re.findall(r"^([A-Za-z_]+):", text, re.M)
        if not keys or not set(keys) <= FIELDS:
            return self.problem(place, f"a yaml block that is no pipeline ({', '.join(keys)}); mark it ```yaml not-a-pipeline")
        self.checked["pipelines"] += 1
        with tempfile.TemporaryDirectory() as folder:
            for secret in re.findall(r"\$\{secret:file:([^}#]+)", text):
                self.make_secret(Path(folder, secret))
            file = Path(folder, "pipeline.yaml")
            file.write_text(text + "".join(line for key, line in FRAME.items() if key not in keys), encoding="utf-8")
            done = self.call([*self.plugins, "validate", str(file)], env={**os.environ, "AWS_REGION": "us-east-1"})
            if done.returncode != 0:
                self.problem(place, f"millrace validate exits {done.returncode}:\n{done.stdout}{done.stderr}")

    @staticmethod
    def make_secret(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".pem":
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-subj", "/CN=docs", "-keyout", os.devnull, "-out", str(path)], check=True, capture_output=True)
        else:
            path.write_text('{"username": "u", "password": "p"}')
            path.chmod(0o600)

    def command(self, place, line):
        line = re.sub(r"\s+#.*$", "", line.strip())
        words = shlex.split(line[2:] if line.startswith("$ ") else line)
        while words and re.match(r"^[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0].startswith(("tests/", "scripts/")):
            return self.script(place, words)
        if not words or words[0] not in ("make", "millrace"):
            return
        self.checked["commands"] += 1
        if words[0] == "make":
            for target in (word for word in words[1:] if "=" not in word and not word.startswith("-")):
                if target not in self.targets:
                    self.problem(place, f"the Makefile has no target {target}")
            return
        self.millrace_command(place, words[1:])

    def script(self, place, words):
        self.checked["commands"] += 1
        if not os.access(self.root / words[0], os.X_OK):
            return self.problem(place, f"there is no program {words[0]}")
        usage = subprocess.run([self.root / words[0], "--help"], capture_output=True, text=True, timeout=60).stdout
        for flag in (word.split("=")[0] for word in words[1:] if word.startswith("-")):
            if not re.search(rf"(^|[ ,]){flag}\b", usage, re.M):
                self.problem(place, f"{words[0]} has no {flag}")

    def millrace_command(self, place, words):
        subcommand = []
        for word in words:
            if word.startswith("-") or self.call([*subcommand, word, "--help"]).returncode != 0:
                break
            subcommand.append(word)
            if word not in ("plugins", "dead-letters", "filter"):
                break
        if not subcommand:
            return self.problem(place, f"millrace {' '.join(words)}: no such subcommand")
        usage = self.call(["--help"]).stdout + self.call([*subcommand, "--help"]).stdout
        for flag in (word for word in words if word.startswith("--")):
            if flag.split("=")[0] not in usage:
                self.problem(place, f"millrace {' '.join(subcommand)} has no {flag}")
        for file in (word for word in words if word.endswith(".yaml") and word.startswith("pipelines/")):
            if not (self.root / file).exists():
                self.problem(place, f"there is no {file}")
        if subcommand[0] in RUN and all("..." not in word and not word.isupper() for word in words):
            if any(word.endswith(".yaml") and not (self.root / word).exists() for word in words):
                return
            done = self.call(words)
            if done.returncode != 0:
                self.problem(place, f"millrace {' '.join(words)} exits {done.returncode}:\n{done.stdout}{done.stderr}")

    def answers(self, path, number, text):
        """Runs each `filter eval` of a console block and compares its answer with the lines below it."""
        shown = re.split(r"^\$ ", text, flags=re.M)
        number += shown[0].count("\n")
        for entry in shown[1:]:
            line, _, expected = entry.partition("\n")
            if line.startswith("millrace filter eval") and "@" not in line and "|" not in line:
                got = self.call(shlex.split(line)[1:])
                if got.stdout != expected:
                    self.problem(f"{path.relative_to(self.root)}:{number}", f"shows\n{expected}but the answer is\n{got.stdout}{got.stderr}")
            number += entry.count("\n")

    def document(self, path):
        for language, note, number, text in blocks(path):
            place = f"{path.relative_to(self.root)}:{number}"
            if language in ("yaml", "yml") and note != "not-a-pipeline":
                self.pipeline(place, text)
            elif language in ("console", "sh", "bash", "shell"):
                if language == "console":
                    self.answers(path, number, text)
                for offset, line in enumerate(text.splitlines()):
                    if language != "console" or line.startswith("$ "):
                        self.command(f"{path.relative_to(self.root)}:{number + offset}", line)


def main():
    root = Path(sys.argv[2]).resolve()
    checker = Checker(sys.argv[1], root)
    named = [Path(name).resolve() for name in sys.argv[3:]]
    for path in named or documents(root):
        checker.document(path)
    for text in checker.problems:
        print(text)
    print(f"{checker.checked['pipelines']} pipelines and {checker.checked['commands']} commands tried, {len(checker.problems)} problems")
    if not named and (checker.checked["pipelines"] < 2 or checker.checked["commands"] < 5):
        print("too few were found: the documentation is not where this test looks")
        return 1
    return 1 if checker.problems else 0


sys.exit(main())
