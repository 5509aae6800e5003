"""Installs the build as a packager does, with DESTDIR, and uses what is there from a folder that knows nothing of us.

install_test.py CMAKE BUILD_DIRECTORY
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing} (scripts/setup --tests installs it)")
    sys.exit(77)

CMAKE, BUILD = sys.argv[1:]
failures = []


def check(what, condition, seen=""):
    if not condition:
        failures.append(f"{what}: {seen}")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **options)


with tempfile.TemporaryDirectory(prefix="millrace-install-") as folder:
    stage, elsewhere = pathlib.Path(folder, "stage"), pathlib.Path(folder, "elsewhere")
    elsewhere.mkdir()
    done = run(CMAKE, "--install", BUILD, "--prefix", "/usr/local", env={**os.environ, "DESTDIR": str(stage)})
    if done.returncode != 0:
        print(done.stdout + done.stderr)
        sys.exit("FAILED: it does not install")
    prefix = stage / "usr/local"
    check("DESTDIR", sorted(p.name for p in stage.iterdir()) == ["usr"], list(stage.iterdir()))

    # Another place than the one it was staged in, and no build tree beside it: nothing may remember either.
    moved = pathlib.Path(folder, "opt")
    shutil.move(prefix, moved)
    binary = moved / "bin/millrace"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(elsewhere)}

    def millrace(*words):
        return run(binary, *words, cwd=elsewhere, env=environment)

    version = millrace("version")
    check("version", version.returncode == 0 and version.stdout.startswith("millrace "), version.stdout + version.stderr)
    linked = run("ldd", binary.parent.parent / "lib/millrace/plugins/source_self_managed_kafka.so").stdout
    check("librdkafka", str(moved / "lib/millrace") in os.path.normpath(linked.split("librdkafka.so.1 => ")[-1].split()[0]), linked)
    check("build tree", BUILD not in linked, linked)
    listed = millrace("plugins", "list", "-o", "json")
    check("plugins list", listed.returncode == 0 and listed.stderr == "", listed.stderr)
    types = {component["type"] for component in json.loads(listed.stdout)["components"]}
    check("components", {"self_managed_kafka", "filter_criteria", "lambda_event", "lambda_invoke"} <= types, types)

    pipelines = sorted((moved / "share/millrace/pipelines").glob("*.yaml"))
    check("pipelines", len(pipelines) >= 2, pipelines)
    for pipeline in pipelines:
        answer = millrace("validate", pipeline)
        check(f"validate {pipeline.name}", answer.returncode == 0, answer.stderr)

    # The schema for editors, by a validator that is not ours.
    schema = json.loads((moved / "share/millrace/schema.json").read_text())
    check("schema", schema == json.loads(millrace("schema").stdout), "the file differs from what `millrace schema` prints")
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for pipeline in pipelines:
        document = yaml.safe_load(pipeline.read_text())
        errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(document)]
        check(f"the schema and {pipeline.name}", not errors, errors)
        for what, spoil in [
            ("an unknown key", lambda d: d.update(surprise=1)),
            ("no source", lambda d: d.pop("source")),
            ("a sink that is none", lambda d: d["sink"].update(type="surprise")),
            ("a topic list that is none", lambda d: d["source"].update(topics=7)),
        ]:
            spoilt = json.loads(json.dumps(document))
            spoil(spoilt)
            check(f"the schema and {pipeline.name} with {what}", not validator.is_valid(spoilt), "is valid")

for failure in failures:
    print("FAILED " + failure)
sys.exit(1 if failures else 0)
