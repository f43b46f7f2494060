"""The page in a real browser: sorted, edited, kept, saved, and the saved list read back."""

import csv
import shutil
import time

import cv2
import numpy as np
import pytest

from cli.desk.review import Row, write_page
from scoring.labels import read_labels

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
selenium = pytest.importorskip("selenium", reason="needs selenium (pip install selenium)")
if not (BROWSER and DRIVER):
    pytest.skip("needs chromium and chromedriver", allow_module_level=True)

from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import Select  # noqa: E402

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = '<img onerror="document.title=1" src=x>.png'


def make_row(file, written, *, confidence=0.99, sure=True, error=""):
    shown = "" if error else "copy.png"
    percent = f"{confidence:.1%}"
    return Row(file, file, shown, written, confidence, percent, sure, error)


ROWS = (
    make_row("sure.png", "5033"),
    make_row("doubt.png", "12|374", confidence=0.41, sure=False),
    make_row(HOSTILE, "-4.5", confidence=0.62, sure=False),
    make_row("a, b.png", "", error="no digit found"),
)


PAGES = ((1, "12"), (2, ""), (3, "34"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    saved = tmp_path_factory.mktemp("saved")
    options = ChromeOptions()
    options.binary_location = BROWSER
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.add_experimental_option("prefs", {"download.default_directory": str(saved)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=ChromeService(DRIVER))
    browser.saved = saved
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, tmp_path):
    """The browser with a page of ROWS, nothing checked yet."""
    for old in browser.saved.iterdir():
        old.unlink()
    open_page(browser, tmp_path / "index.html", ROWS)
    return browser


def open_page(browser, path, rows):
    cv2.imwrite(str(path.with_name("copy.png")), np.full((60, 90, 3), 200, np.uint8))
    write_page(path, rows, folder="scans")
    browser.get(path.as_uri())


def read_names(page):
    return [name.text for name in page.find_elements(By.CSS_SELECTOR, "li:not([hidden]) .name")]


def find_field(page, file):
    return page.find_element(By.CSS_SELECTOR, f"input[aria-label='Number in {file}']")


def wait_for(path):
    for _ in range(100):
        if path.exists():
            return path
        time.sleep(0.1)
    raise AssertionError(f"{path.name} was not saved")


def test_the_doubtful_ones_come_first_or_all_as_the_files(page):
    assert read_names(page) == ["a, b.png", "doubt.png", HOSTILE, "sure.png"]
    Select(page.find_element(By.ID, "order")).select_by_value("file")
    assert read_names(page) == [row.file for row in ROWS]


def test_only_the_doubtful_ones_are_shown_on_demand(page):
    Select(page.find_element(By.ID, "filter")).select_by_value("doubt")
    assert read_names(page) == ["a, b.png", "doubt.png", HOSTILE]


def test_a_name_that_looks_like_a_tag_is_text(page):
    assert page.title == "Check the numbers"
    assert HOSTILE in read_names(page)


def test_pictures_show_and_nothing_is_complained_of(page):
    page.find_element(By.CSS_SELECTOR, "li img")
    sizes = [0]
    for _ in range(50):
        sizes = page.execute_script(
            "return [...document.images].map((image) => image.naturalWidth)"
        )
        if all(sizes):
            break
        time.sleep(0.1)
    assert sizes == [90, 90, 90]
    assert page.get_log("browser") == []


def test_enter_accepts_and_goes_on(page):
    first = find_field(page, "a, b.png")
    first.send_keys("17", Keys.ENTER)
    assert page.switch_to.active_element.get_attribute("aria-label") == "Number in doubt.png"
    assert page.find_element(By.ID, "count").text == "1 of 4 checked"
    page.switch_to.active_element.send_keys(Keys.ARROW_UP)
    assert page.switch_to.active_element.get_attribute("aria-label") == "Number in a, b.png"


def test_what_is_no_number_is_not_accepted(page):
    find_field(page, "sure.png").send_keys("o", Keys.ENTER)
    assert page.find_element(By.ID, "count").text == "0 of 4 checked"
    assert page.find_element(By.ID, "labels").get_attribute("disabled") == "true"


def test_corrections_survive_a_reload(page):
    field = find_field(page, "doubt.png")
    field.clear()
    field.send_keys("12|394", Keys.ENTER)
    assert page.find_element(By.ID, "count").text == "1 of 4 checked"
    for _ in range(10):  # a reload may have a new process, which Chromium tells a little later
        time.sleep(0.5)
        page.refresh()
        if find_field(page, "doubt.png").get_attribute("value") == "12|394":
            break
    assert find_field(page, "doubt.png").get_attribute("value") == "12|394"
    assert page.find_element(By.ID, "count").text == "1 of 4 checked"


def test_the_saved_labels_are_those_that_test_py_takes(page):
    find_field(page, "a, b.png").send_keys("17", Keys.ENTER)
    find_field(page, "sure.png").send_keys(Keys.ENTER)
    page.find_element(By.ID, "labels").click()
    listed = read_labels(wait_for(page.saved / "labels.csv"))
    assert [(row.file, row.label) for row in listed] == [("sure.png", "5033"), ("a, b.png", "17")]


def test_the_saved_numbers_hold_all_pictures_and_no_formula(page):
    find_field(page, "sure.png").send_keys(Keys.ENTER)
    find_field(page, "doubt.png").send_keys(Keys.HOME, "=", Keys.ENTER)
    page.find_element(By.ID, "numbers").click()
    with open(wait_for(page.saved / "numbers.csv"), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image"], row["written"], row["checked"]) for row in rows] == [
        ("sure.png", "5033", "1"),
        ("doubt.png", "'=12|374", "1"),
        (HOSTILE, "-4.5", "0"),
        ("a, b.png", "", "0"),
    ]


def test_a_thousand_pictures_load_only_what_is_seen(browser, tmp_path):
    rows = [make_row(f"{number}.png", "7") for number in range(1000)]
    rows = [row._replace(picture=f"copy.png?{row.file}") for row in rows]
    open_page(browser, tmp_path / "index.html", rows)
    browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")
    loaded = "return [...document.images].filter((image) => image.naturalWidth > 0).length"
    for _ in range(50):
        if browser.execute_script(loaded):
            break
        time.sleep(0.1)
    time.sleep(0.5)
    assert 0 < browser.execute_script(loaded) < 300


def test_the_pages_of_a_file_are_checked_one_by_one_and_saved_as_one_label(browser, tmp_path):
    pages = [make_row("scan.tif", text)._replace(page=page, pages=3) for page, text in PAGES]
    for old in browser.saved.iterdir():
        old.unlink()
    open_page(browser, tmp_path / "index.html", [*pages, make_row("sure.png", "7")])
    assert read_names(browser)[:3] == ["scan.tif#1", "scan.tif#2", "scan.tif#3"]
    for page in ("scan.tif#1", "scan.tif#2", "sure.png"):
        find_field(browser, page).send_keys(Keys.ENTER)
    browser.find_element(By.ID, "labels").click()
    listed = read_labels(wait_for(browser.saved / "labels.csv"))
    assert [(row.file, row.label) for row in listed] == [("sure.png", "7")]
    (browser.saved / "labels.csv").unlink()
    find_field(browser, "scan.tif#3").send_keys(Keys.ENTER)
    browser.find_element(By.ID, "labels").click()
    listed = read_labels(wait_for(browser.saved / "labels.csv"))
    assert [(row.file, row.label) for row in listed] == [("scan.tif", "12\n34"), ("sure.png", "7")]
    browser.find_element(By.ID, "numbers").click()
    with open(wait_for(browser.saved / "numbers.csv"), encoding="utf-8-sig", newline="") as file:
        rows = [(row["image"], row["page"], row["written"]) for row in csv.DictReader(file)]
    assert rows == [*(("scan.tif", str(n), text) for n, text in PAGES), ("sure.png", "1", "7")]
