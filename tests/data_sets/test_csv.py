"""Two numeric columns from a file: what is read, and the one sentence about what is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffviz.config import ConfigError
from diffviz.data import csv


@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n-3,4e1",
        "x,y\n1,2.5\n-3,4e1\n",
        "1;2.5\n-3;4e1",
        "a;b\r\n1,0;2,5\r\n-3;40\r\n",
        "1\t2.5\n-3\t4e1\n\n\n   \n",
        "1 2.5\n-3   4e1",
        "x y\n 1 2.5 \n-3 4e1 ",
        '"x","y"\n"1","2.5"\n"-3","4e1"',
        "1, 2.5\r-3, 4e1\r",
        "\n\n1,2.5\n\n-3,4e1",
    ],
)
def test_reads_two_columns(text):
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        np.testing.assert_array_equal(csv.read(data), [[1, 2.5], [-3, 40]])


@given(
    st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=30),
    st.sampled_from([",", ";", "\t", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\n", "\n \n"]),
    st.booleans(),
)
def test_reads_back_what_was_written(rows, separator, end, tail, header):
    lines = ["x", "y"] * header
    text = end.join([separator.join(lines)] * header + [f"{a!r}{separator}{b!r}" for a, b in rows]) + tail
    np.testing.assert_array_equal(csv.read(text.encode()), rows)


def assert_reads_or_refuses(data: bytes) -> None:
    try:
        points = csv.read(data)
    except ConfigError as error:
        assert str(error).endswith(".") and "\n" not in str(error) and len(str(error)) < 200
    else:
        assert points.ndim == 2 and points.shape[1] == 2 and np.isfinite(points).all()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert_reads_or_refuses(data)


@given(st.text(alphabet='0123456789.,;\t \n\r-+eE"xna_∞٣\x0b\x1c\u2028\x00', max_size=60))
def test_any_text_is_read_or_refused(text):
    assert_reads_or_refuses(text.encode())


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"x,y\n", "The file has no numbers, only a header in row 1."),
        (b"1,2\n3,4,5\n", "Row 2 has 3 columns, expected 2."),
        (b"x,y\n1\n", "Row 2 has 1 column, expected 2."),
        (b"x,y,z\n1,2,3\n", "Row 2 has 3 columns, expected 2."),
        (b"1,2\n\n\n3,abc\n", "Row 4, column 2 is not a number: 'abc'."),
        (b"1,2\r\n,4\r\n", "Row 2, column 1 is empty."),
        (b"1,abc\n", "Row 1, column 2 is not a number: 'abc'."),
        (b"1,2\n1_0,2\n", "Row 2, column 1 is not a number: '1_0'."),
        (b"1,2\n3,inf\n", "Row 2 is not finite: inf."),
        (b"1,2\nNaN,3\n", "Row 2 is not finite: NaN."),
        (b"1,2\n1e999,3\n", "Row 2 is not finite: 1e999."),
        (b"1,2\n" + b"9" * 999 + b",3\n", f"Row 2 is not finite: {'9' * 59}…."),
        (b"1,2\n" + b"9" * 100 + b"x,3\n", f"Row 2, column 1 is not a number: '{'9' * 59}…'."),
        (b"\x89PNG\r\n\x1a\n", "The file is not plain text in UTF-8."),
        (b"1,2\n3,\x00\n", "The file is not plain text in UTF-8."),
        ("1,2\n3,4".encode("utf-16"), "The file is not plain text in UTF-8."),
        (b"1,2\n" * 20_431, "The file has 20,431 rows; the limit is 20,000."),
        (b" " * 3_200_000, "The file is 3.1 MB; the limit is 2 MB."),
        (b" " * (2 * 1024**2 + 1), "The file is 2.1 MB; the limit is 2 MB."),
    ],
)
def test_says_which_row_is_wrong_and_how(data, sentence):
    with pytest.raises(ConfigError) as error:
        csv.read(data)
    assert str(error.value) == sentence


def test_the_limits_themselves_are_allowed():
    assert csv.read(b"x,y\n" + b"1,2\n" * 20_000).shape == (20_000, 2)
    assert csv.read(b"1,2\n" + b"\n" * (2 * 1024**2 - 4)).shape == (1, 2)
