"""`pip install .` in an empty environment: the package, its model and its command."""

import re
import subprocess
import sys
import tomllib
import venv

import pytest
from conftest import PROJECT

from digits import network

UNREACHABLE = ("No matching distribution", "Could not find a version", "Connection")


def read_requirements(name):
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_package_needs_what_predict_needs():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dependencies"] == read_requirements("requirements-predict.txt")
    assert len(project["dependencies"]) == 3


def test_in_a_clone_the_model_lies_beside_the_scripts():
    assert PROJECT / "models" / "model.h5" == network.DEFAULT_MODEL


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of programs of an environment into which the project was installed."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    command = [programs / "python", "-m", "pip", "install", "--quiet", PROJECT]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=folder)
    if done.returncode and re.search("|".join(UNREACHABLE), done.stderr):
        pytest.skip("pip cannot get the packages here: " + done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return programs


def run(installed, *command, **options):
    command = [installed / command[0], *command[1:]]
    return subprocess.run(command, capture_output=True, encoding="utf-8", **options)


@pytest.mark.slow
def test_the_package_reads_from_anywhere(installed, tmp_path):
    code = "import sys; from digits import read_digits; print(read_digits(sys.argv[1]).text)"
    picture = PROJECT / "input_images" / "number.png"
    done = run(installed, "python", "-c", code, picture, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("5033\n", "")


@pytest.mark.slow
def test_the_command_reads_as_predict_py_does(installed, run_script):
    arguments = ("--format", "json", "page.jpg", "number.png")
    folder = PROJECT / "input_images"
    ours = run_script("predict.py", *arguments, cwd=folder)
    theirs = run(installed, "read-digits", *arguments, cwd=folder)
    assert (theirs.stdout, theirs.stderr) == (ours.stdout, "")


@pytest.mark.slow
def test_the_command_has_its_own_name(installed, tmp_path):
    done = run(installed, "read-digits", "none.png", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "read-digits: error: none.png: no such file; check the name\n"


@pytest.mark.slow
def test_nothing_but_digits_is_put_beside_other_packages(installed):
    names = ("cli", "model", "predict")
    code = f"from importlib.util import find_spec; print([n for n in {names} if find_spec(n)])"
    assert run(installed, "python", "-I", "-c", code).stdout == "[]\n"
