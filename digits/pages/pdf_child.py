"""What pdf.py runs in a process of its own: a PDF on standard input -> its pages' number, or one.

    python -P pdf_child.py 0.5     # how many pages there are, in half a second of a core at most
    python -P pdf_child.py 1 3     # page 3 as `WIDTH HEIGHT`, a line feed and its pixels, BGR

PDFium is large and its files come from anywhere: what makes it crash, loop or ask for gigabytes
ends this process and no other. It imports nothing of the project, to be quick.
"""

import sys

DPI = 200  # dots an inch, as an office scans; digits of 4 mm are 30 pixels high
LONGEST = 3000  # pixels: a larger sheet is drawn with fewer dots
MAX_MEMORY = 420_000_000  # bytes, the file's own among them
PASSWORD = b"password"


def hold_back(seconds: float) -> None:
    """End this process when it takes more time or memory than a page should; not on Windows."""
    try:
        import resource
        import signal
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_DATA, MAX_MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(
            what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of a core; it ends the process


def count_pages(document) -> int:
    """How many pages there are; of those that are only claimed at the end, the first counts."""
    claimed = len(document)
    for number in range(claimed, 0, -1):
        try:
            document.get_page_size(number - 1)
        except RuntimeError:  # as PDFium has it
            continue
        return min(claimed, number + 1)
    return min(claimed, 1)


def main() -> int:
    """Write the answer to standard output; 1 where there is none."""
    seconds, *pages = sys.argv[1:]
    hold_back(float(seconds))
    import pypdfium2 as pdfium

    out = sys.stdout.buffer
    try:
        document = pdfium.PdfDocument(sys.stdin.buffer.read())
        if not pages:
            out.write(b"%d" % count_pages(document))
            return 0
        page = document[int(pages[0]) - 1]
        longest = max(page.get_size())
        picture = page.render(scale=min(DPI / 72, LONGEST / max(longest, 1)))
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            out.write(PASSWORD)
        return 1
    rows = memoryview(picture.buffer)
    out.write(b"%d %d\n" % (picture.width, picture.height))
    for start in range(0, picture.height * picture.stride, picture.stride):
        out.write(rows[start : start + 3 * picture.width])
    return 0


if __name__ == "__main__":
    sys.exit(main())
