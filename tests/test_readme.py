"""The commands of README and docs/ exist, the code runs, the table is what was measured."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from conftest import PACKAGES, PROJECT

from digits.network import DEFAULT_MODEL, load_network, predict_probabilities
from model import load_model, save_model

PAGES = {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
}
README = PAGES["README.md"]
CODE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)
BLOCKS = CODE.findall(README)


def load(path):
    """A script as a module, though test.py has the name of a package of Python's own."""
    spec = importlib.util.spec_from_file_location(f"readme_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def list_commands():
    """Every command line in README and docs/ that runs a script of this project."""
    pages = "\n".join(PAGES.values())
    lines = [line for kind, text in CODE.findall(pages) if kind == "" for line in text.splitlines()]
    for line in lines + re.findall(r"`(python [^`\n]+)`", pages):
        for part in re.split(r"&&|\|", line.partition("#")[0].partition(">")[0]):
            words = shlex.split(part)
            if words[:1] == ["python"] and len(words) > 1 and words[1].endswith(".py"):
                yield words[1], tuple(words[2:])


@pytest.mark.parametrize(("script", "arguments"), sorted(set(list_commands())))
def test_every_command_names_a_script_and_flags_that_exist(script, arguments, monkeypatch):
    if script.startswith("examples/"):
        pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-optional.txt")
    monkeypatch.syspath_prepend(str((PROJECT / script).parent))
    module = load(PROJECT / script)
    if hasattr(module, "build_parser"):
        module.build_parser().parse_args(arguments)
    else:
        helped = subprocess.run(
            [sys.executable, PROJECT / script, "--help"], capture_output=True, encoding="utf-8"
        )
        assert all(word in helped.stdout for word in arguments if word.startswith("--"))


def test_the_two_commands_install_what_they_need():
    marked = r"<!-- {} -->\n```\n(.*)\n```"
    main, tests = (re.search(marked.format(name), README).group(1) for name in ("main", "tests"))
    assert main == (
        "pip install -r requirements-predict.txt && "
        "python predict.py --image input_images/sample_digit.png"
    )
    assert tests == (
        "pip install -r requirements-dev.txt && python -m pytest -n auto --dist loadfile"
    )


def test_the_first_command_prints_what_the_readme_shows(run_script):
    shown = re.search(r"It prints [^\n]+:\n\n```\n(.*?)```", README, flags=re.DOTALL).group(1)
    done = run_script("predict.py", "--image", "input_images/sample_digit.png", cwd=PROJECT)
    assert (done.stdout, done.stderr) == (shown, "")


def test_the_lines_of_python_run():
    code = next(text for kind, text in BLOCKS if kind == "python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.startswith("5033\n5 ")
    assert done.stderr == ""


def test_the_lines_of_pytorch_answer_as_the_network(tmp_path):
    pytest.importorskip("torch", reason="needs PyTorch: pip install -r requirements-torch.txt")
    code = next(text for kind, text in BLOCKS if kind == "python" and "import torch" in text)
    save_model(load_model(DEFAULT_MODEL), tmp_path / "model.pth")
    (tmp_path / "input_images").symlink_to(PROJECT / "input_images")
    code += "np.savez('told', images=images.numpy(), probabilities=probabilities.detach().numpy())"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "KERAS_BACKEND": "torch"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    told = np.load(tmp_path / "told.npz")
    expected = predict_probabilities(load_network(), told["images"])
    np.testing.assert_allclose(told["probabilities"], expected, rtol=0, atol=1e-5)


def test_the_table_is_what_was_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    accuracy = load(PROJECT / "benchmarks" / "accuracy.py")
    results = json.loads((PROJECT / "benchmarks" / "accuracy.json").read_text())
    page = PAGES["docs/training.md"]
    shown = re.search(r"<!-- accuracy -->\n(.*)\n<!-- /accuracy -->", page, flags=re.DOTALL)
    assert shown.group(1) == accuracy.format_table(results)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#]+)[)#]", PAGES[page])
    links += re.findall(r'src="([^"]+)"', PAGES[page])
    folder = (PROJECT / page).parent
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_the_readme_is_read_in_minutes():
    assert len(README.split()) <= 1200


def test_the_table_describes_every_module():
    """A row names files; those after the first without the folder that the row began with."""
    table = PAGES["docs/files.md"]
    described = set()
    for row in re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE):
        names = re.findall(r"`([\w/.]+)`", row)
        folder = names[0].rpartition("/")[0]
        described |= {n if "/" in n else f"{folder}/{n}".lstrip("/") for n in names}
    modules = {
        path.relative_to(PROJECT).as_posix()
        for folder in (".", *PACKAGES)
        for path in (PROJECT / folder).glob("*.py")
        if path.name != "__init__.py"
    }
    assert {name for name in described if name.endswith(".py")} == modules
