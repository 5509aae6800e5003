#!/usr/bin/env python3
"""The SDK in strangers' hands: every example, in every language and toolchain, built outside this tree against the
installed SDK alone, tested by its own test, checked, and run in the host with the delivered bytes verified.

It follows docs/writing-a-plugin.md to the letter, too: the files that the page shows are those of the examples, and its
commands are run. One installation serves all; two builds run at a time.

Needs, from the environment: BUILD and SOURCE (trees), WORK (a folder of its own), CMAKE, GENERATOR, CXX, LAUNCHER, DEPS.
Ends with 77, "skipped", after everything else passed, when a compiler is missing.
"""
import json, os, re, shutil, signal, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BUILD, SOURCE, WORK = (Path(os.environ[name]) for name in ("BUILD", "SOURCE", "WORK"))
PREFIX, COPIES, PLUGINS = WORK / "prefix", WORK / "examples", WORK / "plugins"
MILLRACE, FIRST_PARTY = BUILD / "bin/millrace", BUILD / "lib/millrace/plugins"
ORDERS = 200  # of `millrace dev --once`
skipped = []


class Failed(Exception):
    pass


def run(words, cwd=None, timeout=300, code=0, **environment):
    """The output of a command that must end with `code`."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, timeout=timeout, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    if done.returncode != code:
        raise Failed(f"`{' '.join(map(str, words))}` ended with {done.returncode}, not {code}:\n{done.stdout}")
    return done.stdout


def expect(condition, what):
    if not condition:
        raise Failed(what)


# ---- building ----

def install_sdk():
    run([os.environ["CMAKE"], "--install", BUILD, "--component", "sdk", "--prefix", PREFIX])
    expect((PREFIX / "include/millrace/plugin.h").exists(), "the SDK's component installs no plugin.h")
    expect(not (PREFIX / "bin").exists(), "the SDK's component installs programs")


def cmake(example, variant="", compiler=None, flags="", target_tests=True, product=None):
    """Configures and builds a copy of examples/EXAMPLE; gives its plugin, or another product."""
    folder = COPIES / example
    build = folder / ("build" + variant)
    run([os.environ["CMAKE"], "-S", folder, "-B", build, "-G", os.environ["GENERATOR"], "-DCMAKE_BUILD_TYPE=Debug",
         f"-DCMAKE_PREFIX_PATH={PREFIX};{os.environ['DEPS']}", f"-DCMAKE_CXX_COMPILER={compiler or os.environ['CXX']}",
         f"-DCMAKE_CXX_COMPILER_LAUNCHER={os.environ['LAUNCHER']}", "-DCMAKE_CXX_FLAGS_DEBUG=-O0",
         f"-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror {flags}",
         f"-DMILLRACE_PLUGIN_TESTS={'ON' if target_tests else 'OFF'}"])
    expect(f"millrace_sdk_DIR:PATH={PREFIX}/" in (build / "CMakeCache.txt").read_text(),
           f"{example} found another SDK than the installed one")
    run([os.environ["CMAKE"], "--build", build, "-j", "1"])
    if target_tests:
        run([Path(os.environ["CMAKE"]).parent / "ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error"])
    return build / (product or f"{example}.so")


def make(example):
    run(["make", "-C", COPIES / example, f"SDK={PREFIX}", f"{example}.so", "test"])
    return COPIES / example / f"{example}.so"


def cargo(example):
    for command in (["build", "--release"], ["test"]):
        run(["cargo", *command, "--locked", "--offline"], cwd=COPIES / example, CARGO_TARGET_DIR=str(COPIES / example / "target"))
    return COPIES / example / f"target/release/lib{example}.so"


def needed(plugin):
    return re.findall(r"NEEDED.*\[(.*)\]", run(["readelf", "-d", plugin]))


def has_libcxx():
    probe = subprocess.run(["clang++", "-stdlib=libc++", "-x", "c++", "-fsyntax-only", "-"], input="#include <string>\n",
                           capture_output=True, text=True)
    return probe.returncode == 0


def builds():
    """(folder of the product, what builds it) for each example that this machine's compilers can make."""
    cmakes = sorted(file.parent.name for file in (SOURCE / "examples").glob("*/CMakeLists.txt")
                    if re.match("auth|encoder|filter|sink|source", file.parent.name))
    for name in cmakes:
        yield "default", lambda name=name: cmake(name)
    # Another layout of std::string and std::vector in the plugin than in the host: none of them may cross.
    yield "debug", lambda: cmake("source_lines", "-debug", flags="-D_GLIBCXX_DEBUG -D_GLIBCXX_DEBUG_PEDANTIC", target_tests=False)
    yield "functions", lambda: cmake("function_grpc_cpp", target_tests=False, product="function_grpc")
    if not shutil.which("clang"):
        skipped.append("clang is not installed")
    else:
        for file in sorted((SOURCE / "examples").glob("*/Makefile")):
            yield "c", lambda name=file.parent.name: make(name)
        if has_libcxx():
            yield "libcxx", lambda: cmake("sink_spool", "-libcxx", "clang++", "-stdlib=libc++", target_tests=False)
        else:
            skipped.append("libc++ is not installed")
    if not shutil.which("cargo"):
        skipped.append("cargo is not installed")
    else:
        for file in sorted((SOURCE / "examples").glob("*/Cargo.toml")):
            yield "rust", lambda name=file.parent.name: cargo(name)


def build_all():
    for name in ("examples", "plugins"):
        shutil.rmtree(WORK / name, ignore_errors=True)
    # Copies: what reads its neighbours by a relative path, or a build folder of the source tree, finds nothing there.
    shutil.copytree(SOURCE / "examples", COPIES, ignore=shutil.ignore_patterns("build", "target", "*.so"))

    def one(job):
        folder, build = job
        started = time.monotonic()
        product = build()
        to = PLUGINS / folder
        to.mkdir(parents=True, exist_ok=True)
        shutil.copy(product, to)
        print(f"built {folder}/{product.name} in {time.monotonic() - started:.1f} s", flush=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, list(builds())))


def check_files():
    """What every plugin must look like, and which libraries each toolchain may bring."""
    for plugin in sorted(PLUGINS.glob("*/*.so")):
        exported = [line.split()[1:] for line in run(["nm", "-D", "--defined-only", plugin]).splitlines()]
        expect(exported == [["T", "millrace_plugin_entry_v1"]], f"{plugin} exports {exported}")
        libraries = " ".join(needed(plugin))
        if plugin.parent.name in ("c", "rust"):
            expect("c++" not in libraries, f"{plugin} needs {libraries}")
        if plugin.parent.name == "libcxx":
            expect("libc++" in libraries and "libstdc++" not in libraries, f"{plugin} needs {libraries}")


def check_plugins():
    """`millrace plugin check` on each of them, with a configuration that lets it do something."""
    (WORK / "lines.txt").write_text("".join(f"{i}\n" for i in range(300)))
    for name, path in (("lines", WORK / "lines.txt"), ("spool", WORK / "check.out")):
        (WORK / f"{name}.json").write_text(json.dumps({"path": str(path)}))
    more = {"source_lines": ["--config", WORK / "lines.json"], "encoder_csv": ["--decoder", COPIES / "encoder_csv/decode.py"],
            "sink_spool": ["--config", WORK / "spool.json"], "sink_spool_c": ["--config", WORK / "spool.json"]}

    def one(plugin):
        output = run([MILLRACE, "plugin", "check", plugin, *more.get(plugin.stem, [])])
        passed = re.search(r"^(\d+) pass", output, re.M)
        expect(passed and int(passed[1]) >= 20, f"{plugin}: few checks looked at it:\n{output}")

    with ThreadPoolExecutor(4) as pool:  # most of it is waiting
        list(pool.map(one, sorted(PLUGINS.glob("*/*.so"))))


# ---- the page ----

def follow_the_page():
    """Its files are the examples' own, its excerpts are in them, and its commands do what it says."""
    page = SOURCE / "docs/writing-a-plugin.md"
    blocks = re.findall(r"^```\w+ ([\w./-]+)\n(.*?)^```$", page.read_text(), re.M | re.S)
    whole = {name: text for name, text in blocks if "/" not in name}  # NAME is a file, FOLDER/NAME a part of it
    for name in ("CMakeLists.txt", "sample.cc", "sample_test.cc", "pipeline.yaml"):
        expect(name in whole, f"the page has no block called {name}")
    for name, text in whole.items():
        file = SOURCE / "examples" / {"spool.cc": "sink_spool"}.get(name, "filter_sample") / name
        expect(file.read_text() == text, f"{page} and {file} differ")
    for name, text in blocks:
        for part in re.split(r"^(?:// \.\.\.|/\* \.\.\. \*/)\n", text, flags=re.M) if "/" in name else ():
            expect(part in (SOURCE / "examples" / name).read_text(), f"{page} shows what examples/{name} has not:\n{part}")
    # The page's commands, in the folder that the page speaks of; /usr/local is this build, or the installed SDK.
    folders = {"millrace": "filter_sample", "clang": "filter_sample_c", "cargo": "filter_sample_rust"}
    commands = re.findall(rf"^\$ ((?:{'|'.join(folders)}) .*)$", page.read_text(), re.M)
    expect(len(commands) >= 4, "the page runs no command")
    for command in commands:
        program, *words = command.split()
        if not shutil.which(program) and program != "millrace":
            continue
        words = [word.replace("/usr/local/lib", f"{BUILD}/lib").replace("/usr/local/include", f"{PREFIX}/include") for word in words]
        output = run([MILLRACE if program == "millrace" else program, *words], cwd=COPIES / folders[program],
                     CARGO_TARGET_DIR=str(COPIES / "filter_sample_rust/target"))
        if program == "millrace" and words[0] == "dev":
            expect_filtered(output, "the page's pipeline")


def expect_filtered(output, what):
    counted = re.search(r"^(\d+) records produced: (\d+) filtered out, (\d+) delivered", output, re.M)
    expect(counted, f"{what} did not end well:\n{output}")
    produced, filtered, delivered = map(int, counted.groups())
    expect(produced == ORDERS and filtered > 0 and delivered > 0 and filtered + delivered == produced,
           f"{what}: {counted[0]}")
    return delivered


# ---- running ----

def plugins(*folders):
    return [word for folder in folders for word in ("--plugins", str(folder))]


class Host:
    """`millrace run` or `millrace dev` in the background; its output goes to a file of its own."""

    def __init__(self, name, words, resumes=False, **environment):
        if not resumes:  # a state of an earlier run speaks of offsets that this broker never had
            shutil.rmtree(WORK / f"{name}.state", ignore_errors=True)
        self.log = WORK / f"{name}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in [MILLRACE, *words]], cwd=WORK, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT,
                                            env={**os.environ, "STATE_DIRECTORY": str(WORK / f"{name}.state"), **environment})

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "nothing within 30 s"
        if failure[0] is None:
            expect(code == 0, f"{self.log} ended with {code}:\n{self.text()}")

    def text(self):
        return self.log.read_text(errors="replace")

    def wait(self, condition, what, seconds=40):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            expect(self.process.poll() is None, f"the host ended before {what}:\n{self.text()}")
            expect(time.monotonic() < deadline, f"{what} did not happen within {seconds} s:\n{self.text()}")
            time.sleep(0.02)  # between looks at another process
        return found


def read(path):
    return path.read_bytes() if path.exists() else b""


def pipeline(name, *, source="lines", filters=(), encoder="csv", sink="spool"):
    file = WORK / f"{name}.yaml"
    rates = "".join(f"\n  - {{type: {kind}, rate: 0.5}}" for kind in filters)
    file.write_text(f"name: {name}\nsource: {{type: {source}, path: {WORK}/input.txt, topic: numbers}}\n"
                    f"{'filters:' + rates if filters else ''}\nbatch: {{size: 100, window: 50ms}}\n"
                    f"encoder: {{type: {encoder}}}\nsink: {{type: {sink}, path: {WORK}/{name}.csv}}\n")
    return file


def records_through_every_toolchain():
    """A source with debug containers, an encoder by g++, sinks by libc++ and in C: in one process."""
    count = 1000
    (WORK / "input.txt").write_text("".join(f'line "{i}"\n' for i in range(count)))
    rows = [f'"numbers",0,{i},,,"line ""{i}"""\n'.encode() for i in range(count)]
    languages = [name for name in ("c", "rust") if (PLUGINS / name).exists()]
    sinks = ["spool"] + (["spool_c"] if "c" in languages else [])
    files, outputs = [], []
    for sink in sinks:
        name = f"all-{sink.replace('_', '-')}"
        files.append(pipeline(name, sink=sink))
        outputs.append(WORK / f"{name}.csv")
    for output in outputs:
        output.unlink(missing_ok=True)
    mixed = WORK / "mixed"
    mixed.mkdir(exist_ok=True)
    for name in ("source_lines", "sink_spool", "encoder_csv"):
        variants = [PLUGINS / folder / f"{name}.so" for folder in ("debug", "libcxx", "default")]
        shutil.copy(next(file for file in variants if file.exists()), mixed)
    with Host("mixed", ["run", *plugins(mixed, *(PLUGINS / name for name in languages)), *files]) as host:
        for output in outputs:
            host.wait(lambda: len(read(output)) >= sum(map(len, rows)), f"{count} rows in {output.name}")
    for output in outputs:
        expect(sorted(read(output).splitlines(True)) == sorted(rows), f"{output} is not what was sent")
        expect(read(output) == b"".join(rows), f"{output} is not in order")

    # A restart goes on behind what was delivered: one line more is one row more.
    with (WORK / "input.txt").open("a") as file:
        file.write("last\n")
    with Host("mixed", ["run", *plugins(mixed, *(PLUGINS / name for name in languages)), *files], resumes=True) as host:
        for output in outputs:
            host.wait(lambda: read(output).endswith(b'"last"\n'), f"the last row in {output.name}")
    for output in outputs:
        expect(read(output) == b"".join(rows) + f'"numbers",0,{count},,,"last"\n'.encode(), f"{output}: not one row more")

    # What a plugin throws reaches the operator, whatever its C++ library is.
    nowhere = pipeline("nowhere")
    nowhere.write_text(nowhere.read_text().replace(f"{WORK}/nowhere.csv", "/does/not/exist"))
    refused = subprocess.run([MILLRACE, "run", *plugins(mixed), nowhere], capture_output=True, text=True, timeout=60,
                             env={**os.environ, "STATE_DIRECTORY": str(WORK / "nowhere.state")})
    text = refused.stdout + refused.stderr
    expect(refused.returncode != 0 and "The file cannot be opened for appending." in text, f"sink_spool's error:\n{text}")


def filters_on_kafka():
    """Each filter in another language runs its own pipeline; C and Rust agree about every key."""
    delivered = {}
    for language, kind in (("c", "filter_sample_c"), ("rust", "filter_sample_rust")):
        if not (PLUGINS / language).exists():
            continue
        output = run([MILLRACE, "dev", "--once", *plugins(FIRST_PARTY, PLUGINS / language), "--pipeline",
                      COPIES / kind / "pipeline.yaml"])
        expect_filtered(output, kind)
        delivered[kind] = re.findall(r'"(?:partition|offset)": \d+', output)  # of the event that dev shows in full
    expect(len(set(map(tuple, delivered.values()))) <= 1, f"the filters disagree: {delivered}")


def pipelines_on_kafka():
    """The sinks' and the encoder's own pipelines, on records of a broker."""
    examples = {"sink_spool": b'"eventSource"', "encoder_csv": b'"orders",'}
    if (PLUGINS / "c").exists():
        examples["sink_spool_c"] = b'"eventSource"'
    with Host("broker", ["dev", *plugins(FIRST_PARTY)]) as broker:
        address = broker.wait(lambda: re.search(r"The broker answers at (\S+)", broker.text()), "the embedded broker's address")[1]
        for example, expected in examples.items():
            output = WORK / f"{example}.out"
            output.unlink(missing_ok=True)
            folders = [PLUGINS / name for name in ("default", "c") if (PLUGINS / name).exists()]
            with Host(example, ["run", *plugins(FIRST_PARTY, *folders), COPIES / example / "pipeline.yaml"],
                      KAFKA=address, OUTPUT=str(output)) as host:
                host.wait(lambda: expected in read(output), f"orders in {output.name}")


def functions_on_kafka():
    """The functions for the sink grpc, of the contract that the SDK installs, behind their pipeline."""
    done = subprocess.run([sys.executable, SOURCE / "tests/pipelines/grpc_functions.py", MILLRACE, SOURCE, PLUGINS / "functions/function_grpc"],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                          env={**os.environ, "PROTO": str(PREFIX / "share/millrace/proto")})
    if done.returncode == 77:
        skipped.append(done.stdout.splitlines()[-1].removeprefix("skipped: "))
    else:
        expect(done.returncode == 0, f"the functions:\n{done.stdout}")


def every_pipeline_is_valid():
    folders = [folder for folder in PLUGINS.iterdir() if folder.name in ("default", "c", "rust")]
    (COPIES / "auth_password/kafka-password").write_text("secret\n")
    (COPIES / "auth_password/kafka-password").chmod(0o600)
    for file in sorted(COPIES.glob("*/pipeline.yaml")):
        if any((folder / f"{'lib' if folder.name == 'rust' else ''}{file.parent.name}.so").exists() for folder in folders):
            run([MILLRACE, "validate", *plugins(FIRST_PARTY, *folders), file], cwd=file.parent)


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    steps = [install_sdk, build_all, check_files, check_plugins, every_pipeline_is_valid, follow_the_page, filters_on_kafka,
             records_through_every_toolchain, pipelines_on_kafka, functions_on_kafka]
    only = sys.argv[1:]  # names of steps: for trying one again after a run that built everything
    for step in steps:
        if only and step.__name__ not in only:
            continue
        started = time.monotonic()
        try:
            step()
        except Failed as failure:
            sys.exit(f"FAILED: {step.__name__}: {failure}")
        print(f"{step.__name__}: {time.monotonic() - started:.1f} s", flush=True)
    if skipped:
        print("skipped: " + "; ".join(skipped))
        sys.exit(77)


if __name__ == "__main__":
    main()
