"""pipelines/kafka_to_grpc.yaml with the functions of the examples, unary and stream, from the embedded broker.

  grpc_functions.py MILLRACE SOURCE_FOLDER CPP_FUNCTION

Each of the sample orders must reach the function once. PROTO, from the environment, is another folder of the contract than
the source's. Ends with 77 when Python has no gRPC here.
"""
import os, re, subprocess, sys, tempfile
from pathlib import Path

MILLRACE, SOURCE, CPP = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
ORDERS = 200  # of `millrace dev --once`
PIPELINE = SOURCE / "pipelines/kafka_to_grpc.yaml"
EXAMPLE = SOURCE / "examples/function_grpc_python"
# A version manager's Python may come first on PATH; the packages are those of the system's.
PYTHON = "/usr/bin/python3"


def python_function(folder):
    """The Python example as a user has it: a copy, with its modules generated into it."""
    if subprocess.run([PYTHON, "-c", "import grpc, grpc_tools"], stderr=subprocess.DEVNULL).returncode:
        return None
    function = Path(folder) / "function.py"
    function.write_text((EXAMPLE / "function.py").read_text())
    subprocess.run([EXAMPLE / "generate.sh", Path(folder) / "generated"], check=True, timeout=60,
                   env={"PROTO": str(SOURCE / "proto"), **os.environ, "PYTHON": PYTHON})
    return [PYTHON, str(function)]


def run(name, function, mode, folder):
    pipeline = Path(folder) / f"{mode}.yaml"
    pipeline.write_text(PIPELINE.read_text().replace("mode: unary ", f"mode: {mode} "))
    subprocess.run([MILLRACE, "validate", pipeline], check=True, timeout=30, stdout=subprocess.DEVNULL)
    with open(Path(folder) / "out", "w+") as out, \
            subprocess.Popen([*function, "127.0.0.1:0"], stdout=out, stderr=subprocess.PIPE, text=True) as server:
        try:
            port = re.search(r"listening on port (\d+)", server.stderr.readline())
            assert port, f"{name} did not start"
            done = subprocess.run([MILLRACE, "dev", "--once", "--pipeline", pipeline, "--endpoint", f"127.0.0.1:{port[1]}"],
                                  timeout=60, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, done.stdout
            assert f"{ORDERS} delivered in" in done.stdout, done.stdout
        finally:
            server.terminate()
            ended = server.wait(20)
        assert ended == 0, f"{name} ended with {ended}"
        out.seek(0)
        seen = out.read().splitlines()
    assert len(seen) == ORDERS == len(set(seen)), f"{name}: {len(seen)} records, {len(set(seen))} different ones"
    print(f"{name}, {mode}: {len(seen)} records")


with tempfile.TemporaryDirectory() as folder:
    python = python_function(folder)
    for mode in ("unary", "stream"):
        run("C++", [CPP], mode, folder)
        if python:
            run("Python", python, mode, folder)
if not python:
    print("skipped: Python has no gRPC here; scripts/setup --tests installs it")
    sys.exit(77)
