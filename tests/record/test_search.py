"""Finding pledges by words in four languages, by other names, by codes; and that a query is only ever words."""

import re
from datetime import date

import pytest
from django.http import QueryDict

from commitments.catalogue.schema import Catalogue
from commitments.record import published
from commitments.record.filters import PledgeFilter
from commitments.record.search import matching
from commitments.text import fold

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def texts(catalogue: Catalogue) -> dict[str, str]:
    """All that each pledge should be found by, from the files: code, titles, words, themes, section, other names."""
    themes = {t.slug: [*t.name.values(), *t.aliases] for t in catalogue.vocabulary.themes}
    found = {}
    for folder in catalogue.documents:
        sections = {s.number: [*s.title.values(), *s.aliases] for s in folder.document.sections}
        for p in folder.pledges:
            number = p.code.partition("-")[2].rpartition(".")[0]
            places = [*sections[number], *(sections[number.partition(".")[0]])]
            tags = [word for theme in p.coding.themes for word in themes[theme]]
            words = [p.code, *p.coding.title.values(), *(q.exact for q in p.quotes), *tags, *places]
            found[p.code] = fold("\n".join(words))
    return found


def holds(text: str, word: str) -> bool:
    """Whether a text has a word that begins with this one; Chinese is looked for anywhere."""
    word = fold(word)
    return word in text if CJK.search(word) else bool(re.search(rf"(?<![^\W_]){re.escape(word)}", text))


def found(query: str) -> set[str]:
    return set(matching(published.pledges(on=ON), query).values_list("code", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        "扶贫",
        "减贫",
        "南极",
        "北斗",
        "五大工程 海关",
        "Beidou",
        "Antarctic",
        "ANTARCTIC",
        "pobreza",
        "emissoes",
        "emissões",
        "Solidarity Program",
        "solidarity  program",
        "educacion",
        "human rights",
        "forum",
        "china-celac forum",
        "climate poverty",
        "人权 科技",
    ],
)
def test_a_query_finds_the_pledges_that_hold_every_word_of_it(texts: dict[str, str], query: str) -> None:
    wanted = {code for code, text in texts.items() if all(holds(text, word) for word in re.split(r"[\s-]+", query))}
    assert found(query) == wanted


@pytest.mark.parametrize("query", ["扶贫", "南极", "Beidou", "Antarctic", "pobreza", "emissoes", "Solidarity Program"])
def test_what_readers_look_for_is_there_and_is_not_everything(texts: dict[str, str], query: str) -> None:
    assert 0 < len(found(query)) < len(texts) / 2


def test_a_project_is_found_by_its_other_name() -> None:
    assert found("Solidarity Program") >= found("FMP-1") != set()


def test_two_words_narrow_and_their_order_says_nothing() -> None:
    assert found("forum youth") == found("youth forum") == found("forum") & found("youth")
    assert 0 < len(found("forum youth")) < len(found("forum"))


@pytest.mark.parametrize(
    ("query", "prefix"),
    [
        ("FMP-2.11.3", r"FMP-2\.11\.3$"),
        ("fmp-2.11.3", r"FMP-2\.11\.3$"),
        (" SPC-3.1 ", r"SPC-3\.1$"),
        ("FMP-2.11", r"FMP-2\.11\."),
        ("FMP-2.1", r"FMP-2\.1\."),
        ("FMP-2.1.", r"FMP-2\.1\."),
        ("FMP-2", r"FMP-2\."),
        ("SPC-3", r"SPC-3\."),
        ("SPC", r"SPC-"),
    ],
)
def test_a_code_or_its_beginning_finds_what_it_is_the_code_of(texts: dict[str, str], query: str, prefix: str) -> None:
    assert found(query) == {code for code in texts if re.match(prefix, code)} != set()


@pytest.mark.parametrize("query", ["FMP-99", "SPC-3.99", "XX-1.1", "FMP-2.11.33"])
def test_a_code_of_nothing_finds_nothing(query: str) -> None:
    assert found(query) == set()


@pytest.mark.parametrize("query", ["***", '""', "'", "-", "&|!:", "()", "%", "_", "\\", "。", "\u200b", "🙂", "--;"])
def test_a_query_without_a_word_finds_nothing(query: str) -> None:
    assert found(query) == set()


def test_a_blank_query_is_none() -> None:
    base = published.pledges(on=ON)
    assert PledgeFilter(QueryDict("q=%20%20"), queryset=base).qs.count() == base.count()


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ('zzqx" OR "forum', None),
        ("zzqx OR forum", None),
        ("zzqx | forum", None),
        ("forum NOT zzqx", None),
        ("forum & !zzqx", None),
        ("zzqx*", None),
        ("tokens:zzqx", None),
        ("rowid:1", None),
        ("' OR 'zzqx'='zzqx' --", None),
        ("x'); DROP TABLE commitments_pledge; --", None),
        ("NEAR(forum zzqx, 2)", None),
        ("forum*", "forum"),
        ("^forum", "forum"),
        ('"forum"', "forum"),
        ("forum:*", "forum"),
        ("(forum)", "forum"),
        ("+forum", "forum"),
        ("{forum}", "forum"),
        ("forum' & 'youth", "forum youth"),
        ("forum AND youth", "forum and youth"),
        ("forum <-> youth", "forum youth"),
    ],
)
def test_what_is_an_operator_elsewhere_is_a_word_or_nothing_here(query: str, plain: str | None) -> None:
    assert found(query) == (found(plain) if plain else set())
    assert plain is None or found(plain)


@pytest.mark.parametrize(
    "query", ["\u0378", "ˇ", "क्ष", "\U00020000", "々〇", "٣½", "ﬁ", "e\u0301" * 60, "a" * 200, "扶" * 200]
)
def test_unusual_letters_do_not_crash_the_search(query: str) -> None:
    assert len(found(query)) < 200
    assert found(f"forum {query}") <= found("forum")


def test_a_short_word_matches_only_itself_and_a_longer_one_what_begins_with_it(texts: dict[str, str]) -> None:
    exactly = {code for code, text in texts.items() if re.search(r"(?<![^\W_])ai(?![^\W_])", text)}
    assert found("AI") == exactly != set()
    assert found("foru") >= found("forum") != set()
    assert found("fo") == set()


def test_one_chinese_character_finds_every_word_that_holds_it(texts: dict[str, str]) -> None:
    assert found("税") == {code for code, text in texts.items() if "税" in text} != set()
