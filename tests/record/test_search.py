"""Finding pledges by words in four languages, by other names, by codes; and that a query is only ever words."""

import re
from datetime import date

import pytest
from django.http import QueryDict

from commitments.catalogue.schema import Catalogue
from commitments.record import published
from commitments.record.filters import PledgeFilter
from commitments.record.search import matching, pledges
from commitments.text import fold

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def texts(catalogue: Catalogue) -> dict[str, str]:
    """All that each pledge should be found by, from the files: titles, words, tags, section, test, other names."""
    terms = {
        (kind, term.slug): [*term.name.values(), *term.aliases]
        for kind in ("themes", "rights", "actors")
        for term in getattr(catalogue.vocabulary, kind)
    }
    found = {}
    for folder in catalogue.documents:
        document = [*folder.document.title.values(), *folder.document.aliases]
        sections = {s.number: [*s.title.values(), *s.aliases] for s in folder.document.sections}
        for p in folder.pledges:
            number = p.code.partition("-")[2].rpartition(".")[0]
            places = [*sections[number], *(sections[number.partition(".")[0]])]
            tags = [
                w for kind in ("themes", "rights", "actors") for t in getattr(p.coding, kind) for w in terms[kind, t]
            ]
            said = [*p.coding.title.values(), *(q.exact for q in p.quotes), *p.coding.test.values()]
            words = [*said, *tags, *places, *document]
            found[p.code] = fold("\n".join(words))
    return found


def holds(text: str, word: str) -> bool:
    """Whether a text has a word that begins with this one; Chinese is looked for anywhere."""
    word = fold(word)
    return word in text if CJK.search(word) else bool(re.search(rf"(?<![^\W_]){re.escape(word)}", text))


def in_order(query: str) -> list[str]:
    return list(matching(published.pledges(on=ON), query).values_list("code", flat=True))


def found(query: str) -> set[str]:
    return set(in_order(query))


@pytest.mark.parametrize(
    "query",
    [
        "扶贫",
        "减贫",
        "南极",
        "五大工程 海关",
        "Antarctic",
        "ANTARCTIC",
        "pobreza",
        "Solidarity Program",
        "solidarity  program",
        "forum",
        "climate poverty",
        "人权 科技",
        "人权合作研究",
    ],
)
def test_a_query_finds_the_pledges_that_hold_every_word_of_it(texts: dict[str, str], query: str) -> None:
    wanted = {code for code, text in texts.items() if all(holds(text, word) for word in re.split(r"[\s-]+", query))}
    assert found(query) >= wanted != set()
    assert not pledges(published.pledges(on=ON), query).partial


@pytest.mark.parametrize("query", ["扶贫", "减贫", "南极", "税", "人权合作研究"])
def test_of_chinese_nothing_else_is_found(texts: dict[str, str], query: str) -> None:
    assert found(query) == {code for code, text in texts.items() if query in text}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("emissoes", "emissões"),
        ("educacion", "educación"),
        ("becas", "beca"),
        ("CELAC", "拉共体"),
        ("Belt and Road", "一带一路"),
        ("一带一路", "la Franja y la Ruta"),
        ("BRI", "Cinturão e Rota"),
        ("Beidou", "北斗"),
        ("WTO", "OMC"),
        ("United Nations", "ONU"),
        ("UN", "Naciones Unidas"),
        ("Luban Workshops", "鲁班工坊"),
    ],
)
def test_accents_forms_and_names_make_no_difference(one: str, other: str) -> None:
    assert found(one) == found(other) != set()


def test_a_phrase_is_found_only_as_it_stands(texts: dict[str, str]) -> None:
    assert (
        found("“human rights governance”") == {c for c, t in texts.items() if "human rights governance" in t} != set()
    )
    assert found("“governance rights human”") == set()


def test_where_nothing_holds_every_word_that_is_found_which_holds_most() -> None:
    answer = pledges(published.pledges(on=ON), "南极考察站在哪里")
    assert answer.partial
    assert answer.rows[0].code == "FMP-2.11.3"
    assert pledges(published.pledges(on=ON), "zzqx Antarctic").partial
    assert found("zzqx Antarctic") == found("Antarctic")


def test_the_best_comes_first_and_ties_stand_as_in_the_documents() -> None:
    base = published.pledges(on=ON)
    assert matching(base, "scholarships").first().code == "FMP-3.3.3"
    assert matching(base, "政治化").first().code == "SPC-6.5"
    rows = list(matching(base, "forum"))
    assert [p.relevance for p in rows] == sorted((p.relevance for p in rows), reverse=True)
    ties = [(-p.relevance, p.position) for p in rows]
    assert ties == sorted(ties)


def test_what_is_found_can_be_put_in_another_order() -> None:
    base = published.pledges(on=ON)
    best, placed = (
        list(PledgeFilter(QueryDict(f"q=forum{more}"), queryset=base).qs) for more in ("", "&ordering=position")
    )
    assert placed == sorted(best, key=lambda pledge: pledge.position) != best


@pytest.mark.parametrize("query", ["扶贫", "南极", "Beidou", "Antarctic", "pobreza", "emissoes", "Solidarity Program"])
def test_what_readers_look_for_is_there_and_is_not_everything(texts: dict[str, str], query: str) -> None:
    assert 0 < len(found(query)) < len(texts) / 2


def test_a_project_is_found_by_its_other_name() -> None:
    assert found("Solidarity Program") >= found("FMP-1") != set()


def test_two_words_narrow_and_their_order_says_nothing() -> None:
    assert found("forum youth") == found("youth forum") <= found("forum") & found("youth")
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


@pytest.mark.parametrize("query", ["Agenda-2030", "agenda-2030", "COP-30", "CELAC-2027", "COVID-19"])
def test_words_with_a_number_are_no_code(query: str) -> None:
    assert in_order(query) == in_order(query.replace("-", " "))
    assert bool(in_order(query)) == (query != "COVID-19")


@pytest.mark.parametrize("query", ["***", '""', "'", "-", "&|!:", "()", "%", "_", "\\", "。", "\u200b", "🙂", "--;"])
def test_a_query_without_a_word_finds_nothing(query: str) -> None:
    assert found(query) == set()


def test_a_blank_query_is_none() -> None:
    base = published.pledges(on=ON)
    assert PledgeFilter(QueryDict("q=%20%20"), queryset=base).qs.count() == base.count()


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ('zzqx" OR "forum', "forum"),
        ("zzqx OR forum", "forum"),
        ("zzqx | forum", "forum"),
        ("forum NOT zzqx", "forum"),
        ("forum & !zzqx", "forum"),
        ("zzqx*", None),
        ("tokens:zzqx", None),
        ("title:zzqx", "title zzqx"),
        ("rowid:1", "rowid 1"),
        ("x'); DROP TABLE commitments_pledge; --", "x drop table pledge"),
        ("forum*", "forum"),
        ("^forum", "forum"),
        ("forum:*", "forum"),
        ("(forum)", "forum"),
        ("+forum", "forum"),
        ("{forum}", "forum"),
        ("forum' & 'youth", "forum youth"),
        ("forum AND youth", "forum youth"),
        ("forum <-> youth", "forum youth"),
    ],
)
def test_what_is_an_operator_elsewhere_is_a_word_or_nothing_here(query: str, plain: str | None) -> None:
    assert found(query) == (found(plain) if plain else set())


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
