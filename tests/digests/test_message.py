"""A digest's mail is written once and filled in for each reader: it says the same as one written for that reader."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.digests import message
from commitments.digests.transport import wire
from commitments.models import Digest, Dispatch, Subscription
from tests.factories import AT

#: Texts as people write them, and as no mail server likes them: long lines, dots, Chinese, `=`, odd line ends.
words = st.text(st.sampled_from('ab ..=é海洋😀<>"\n\r\t-_'), max_size=60)
long_lines = st.builds(lambda word, n: word * n, words, st.integers(1, 80))
tokens = st.builds(lambda n: f"{n}.{'n' * 22}:1xV4wJ:{'-sig_' * 9}"[: 75 + len(str(n))], st.integers(1, 10**19))
addresses = st.sampled_from(
    ["reader@example.org", "jané@example.org", "a.b+c@sub.example.org", '"odd one"@example.org', "r@bücher.example"]
)


def a_dispatch(
    text: str, html: str, token: str, address: str = "reader@example.org", key: str = "f", pk: int = 1
) -> Dispatch:
    mark = "0123456789abcdef" * 2
    digest = Digest(
        pk=pk,
        key=key * 64,
        language="en",
        subject=f"海洋: {text[:40]}".replace("\n", " ").replace("\r", " "),
        text=f"{text}\nhttps://site.example/subscriptions/{mark}/\n{text}{mark}{text}",
        html=f"<p>{html}<a href='https://site.example/subscriptions/{mark}/'>{html}</a>{html * 3}</p>",
        placeholder=mark,
    )
    merge = {"address": address, "token": token}
    return Dispatch(
        digest=digest,
        subscription=Subscription(pk=1),
        merge=merge,
        message_id=f"<{key * 32}.1@site.example>",
        created_at=AT,
    )


def read(written: bytes) -> EmailMessage:
    lines = re.sub(rb"(?m)^\.", b"", written)
    return message_from_bytes(lines, policy=default)  # type: ignore[return-value]


def bodies(mail: EmailMessage) -> list[str]:
    return [part.get_content().replace("\r\n", "\n").rstrip("\n") for part in mail.iter_parts()]  # type: ignore[union-attr]


@given(long_lines, long_lines, tokens, addresses)
def test_a_mail_that_was_filled_in_says_what_one_written_for_its_reader_says(
    text: str, html: str, token: str, address: str
) -> None:
    one = a_dispatch(text, html, token, address)
    filled, alone = message.Writer().letter(one).wire(), wire(message.of(one))
    ours, theirs = read(filled), read(alone)
    assert bodies(ours) == bodies(theirs)
    assert [(name, str(value)) for name, value in ours.items()] == [(n, str(v)) for n, v in theirs.items()]
    assert token in bodies(ours)[0]
    assert token in bodies(ours)[1]


@given(long_lines, long_lines, tokens)
def test_it_keeps_the_rules_of_the_wire(text: str, html: str, token: str) -> None:
    written = message.Writer().letter(a_dispatch(text, html, token)).wire()
    assert written.endswith(b"\r\n")
    assert written.count(b"\n") == written.count(b"\r\n") == written.count(b"\r")
    assert all(line.startswith(b"..") for line in written.split(b"\r\n") if line.startswith(b"."))
    assert max(map(len, written.split(b"\r\n"))) <= 998
    for part in read(written).iter_parts():
        if part["Content-Transfer-Encoding"] == "quoted-printable":
            assert max(map(len, str(part.get_payload()).splitlines())) <= 76


def test_whoever_comes_first_a_readers_mail_has_the_same_bytes() -> None:
    one, other = (a_dispatch("x" * 1200, "y" * 1200, token) for token in ("1.n:t:s", "12345.nnn:ttt:sss"))
    together, alone = message.Writer(), message.Writer()
    first = together.letter(one).wire()
    assert together.letter(other).wire() == alone.letter(other).wire()
    assert together.letter(one).wire() == first


def test_each_reader_gets_their_own_links_also_where_digests_take_turns() -> None:
    writer = message.Writer()
    for n in range(message.KEPT + 5):
        one = a_dispatch("text", "html", f"{n}.n:t:s", key="0123456789abcdef"[n % 16], pk=n + 1)
        assert f"/{n}.n:t:s/".encode() in writer.letter(one).wire()


def test_what_was_erased_cannot_be_written() -> None:
    one = a_dispatch("text", "html", "1.n:t:s")
    one.merge = {}
    with pytest.raises(KeyError):
        message.Writer().letter(one)


def test_the_date_is_that_of_the_message_not_of_the_sending() -> None:
    one = a_dispatch("text", "html", "1.n:t:s")
    one.created_at = AT + timedelta(days=1)
    assert read(message.Writer().letter(one).wire())["Date"].datetime == one.created_at
