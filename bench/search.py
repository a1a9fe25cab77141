"""Searching 100,000 pledges: how long, whether all true matches are found, and nothing else. Floor: one naked look-up.

.venv/bin/python -m bench.search --pledges 100000 --database postgres://postgres@127.0.0.1:5432
"""

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from bench.throwaway import database

#: Pledges in a document: a text must not be long, as every quote is compared with it.
EACH = 200
#: One text in so many holds the words that are looked for.
RARE = 100

_CHINESE = """
教育 卫生 医院 学校 公路 铁路 桥梁 供水 能源 住房 补贴 税收 就业 培训 农业 粮食 水利 森林
环境 污染 治理 城市 乡村 社区 青年 妇女 儿童 老人 保障 保险 交通 地铁 机场 港口 投资 企业
创新 科技 网络 数据 开放 透明 监督 预算 议会 法院 司法 安全 消防 救援 气候 减排 回收 文化
体育 旅游 市场 价格 消费 银行 债务 贸易 合作 外交 和平 土地 改革 基础 设施 建设 推进 落实
提高 增加 减少 支持 加强 扩大 实现 保护 发展 规划 项目 资金 政府
"""
CHINESE = _CHINESE.split()
_ENGLISH = """
the of and in for with by new every within national regional local year plan project fund government education
health hospital school road railway bridge water energy housing subsidy training agriculture food forest pollution
city village community youth women children pension insurance transport airport port investment company innovation
technology network data transparency budget parliament court justice police safety rescue climate emission
recycling culture library museum sport tourism market price bank loan export trade peace migration land reform
build complete deliver increase reduce support strengthen expand protect
"""
ENGLISH = _ENGLISH.split()
_SPANISH = """
la de y en para con por cada nuevo nacional regional local plan proyecto fondo gobierno salud hospital escuela
carretera ferrocarril puente agua energía vivienda subsidio empleo formación agricultura alimento riego bosque
ciudad pueblo comunidad juventud mujeres niños pensión seguro transporte aeropuerto puerto inversión empresa
innovación tecnología red datos transparencia presupuesto parlamento justicia policía seguridad clima residuos
reciclaje cultura biblioteca museo deporte turismo mercado precio banco deuda comercio paz migración tierra reforma
construir cumplir aumentar reducir apoyar reforzar ampliar proteger
"""
SPANISH = _SPANISH.split()
PLANTED = {"zh": ("精准扶贫", "极地"), "en": ("scholarships", "Antarctica"), "es": ("educación", "satélites")}
LANGUAGES = ("zh", "en", "es")


def _sentence(picks: random.Random, language: str, words: int) -> str:
    """Return words in which some are common and others are not; Chinese without blanks."""
    store = {"zh": CHINESE, "en": ENGLISH, "es": SPANISH}[language]
    found = picks.choices(store, weights=[1 / (n + 3) for n in range(len(store))], k=words)
    for planted in PLANTED[language]:
        if picks.random() < 1 / RARE:
            found.insert(picks.randrange(words), planted)
    if language != "zh":
        return f"{' '.join(found).capitalize()}."
    return "，".join("".join(found[n : n + 6]) for n in range(0, len(found), 6)) + "。"


def texts(number: int, seed: int = 11) -> Iterator[tuple[str, str, str]]:
    """Yield (language, title, words) of so many pledges, a third in each language; always the same."""
    picks = random.Random(seed)
    for n in range(number):
        language = LANGUAGES[n % 3]
        yield language, _sentence(picks, language, 6), _sentence(picks, language, 40)


def fill(number: int) -> dict[int, str]:
    """Make and publish so many pledges; return the key of each coding with all that it is to be found by."""
    from django.db import connection, transaction

    from commitments.models import periods, triggers

    made, found = list(texts(number)), {}
    with triggers.lifted(connection):  # a trigger for each row would take most of the time
        for first in range(0, number, EACH):
            with transaction.atomic():
                found |= _document(first, made[first : first + EACH])
            if first in (0, EACH * 10, EACH * 100):
                analyze()
    analyze()
    periods.rebuild(connection)
    return found


def analyze() -> None:
    """Let the planner know how much there is: it plans for empty tables otherwise."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _document(first: int, made: list[tuple[str, str, str]]) -> dict[int, str]:
    from commitments.models import Coding, Document, Pledge, Quote, Rendition, Section
    from commitments.models.indexing import index_codings

    name = f"bench-{first}"
    document = Document.objects.create(
        slug=name, code=f"B{first}", position=1, issued_on=date(2026, 1, 1), baseline_on=date(2026, 1, 1)
    )
    section = Section.objects.create(document=document, number="1", position=1, kind="paragraph", title={"en": name})
    renditions = {
        language: Rendition.objects.create(
            document=document,
            key=language,
            position=n,
            language=language,
            authority="official-translation",
            text="\n".join(words for other, _, words in made if other == language),
        )
        for n, language in enumerate(LANGUAGES)
    }
    pledges = Pledge.objects.bulk_create(
        Pledge(code=f"B{first}-1.{n}", document=document, section=section, ordinal=n, position=1000 + first + n)
        for n in range(1, len(made) + 1)
    )
    at = dict.fromkeys(LANGUAGES, 0)
    quotes, codings = [], []
    for pledge, (language, title, words) in zip(pledges, made, strict=True):
        start, at[language] = at[language], at[language] + len(words) + 1
        place = {"rendition": renditions[language], "start": start, "end": start + len(words), "exact": words}
        quotes.append(Quote(pledge=pledge, **place))
        names = {"zh": "zh-hans", "en": "en", "es": "es"}
        codings.append(
            Coding(
                pledge=pledge, version=1, title={names[language]: title}, trackability="verifiable", release="bench"
            )
        )
    Quote.objects.bulk_create(quotes)
    codings = Coding.objects.bulk_create(codings)
    keys = [coding.pk for coding in codings]
    Coding.objects.filter(pk__in=keys).update(published_at=datetime(2026, 1, 2, tzinfo=UTC))
    index_codings(codings)
    return {key: f"{title}\n{words}" for key, (_, title, words) in zip(keys, made, strict=True)}


# --- what is asked, and what is true ----------------------------------------------------------


def _plain(text: str) -> str:
    return text.casefold().translate(str.maketrans("áéíóúüñ", "aeiouun"))


def _anywhere(word: str) -> Callable[[str], bool]:
    return lambda text: word in text


def _begins(word: str) -> Callable[[str], bool]:
    pattern = re.compile(rf"(?<!\w){word}")
    return lambda text: bool(pattern.search(text))


#: What is asked, in which kind, and how a naive reader tells that a text holds it.
ASKED = [
    ("极", "one Chinese character", _anywhere("极")),
    ("极地", "two Chinese characters", _anywhere("极地")),
    ("扶贫", "two, inside a longer word", _anywhere("扶贫")),
    ("精准扶贫", "four Chinese characters", _anywhere("精准扶贫")),
    ("政府", "two, common", _anywhere("政府")),
    ("educacion", "Spanish without accents", _begins("educacion")),
    ("satelite", "Spanish, another form", _begins("satelites")),
    ("scholarship", "English, another form", _begins("scholarships?")),
    ("government", "English, common", _begins("government")),
    ("what did they say about scholarships in Antarctica?", "a question in a sentence", None),
]


def _timed(run: Callable[[], object], seconds: float) -> float:
    """Return the median of the milliseconds that a run takes."""
    run()
    took: list[float] = []
    until = time.monotonic() + seconds
    while len(took) < 5 or (time.monotonic() < until and len(took) < 200):
        begun = time.perf_counter()
        run()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


class Waiting:
    """Adds up the milliseconds spent waiting for the database."""

    spent = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.spent += (time.perf_counter() - begun) * 1000


def _waited(run: Callable[[], object], seconds: float) -> float:
    """Return the median of the milliseconds that a run waits for the database."""
    from django.db import connection

    took: list[float] = []
    until = time.monotonic() + seconds
    run()
    while len(took) < 5 or (time.monotonic() < until and len(took) < 200):
        waiting = Waiting()
        with connection.execute_wrapper(waiting):
            run()
        took.append(waiting.spent)
    return statistics.median(took)


def _naked(query: str) -> Callable[[], object]:
    """Return the floor: how many rows hold the word, and the first 25 of them, by SQL as short as it can be."""
    from django.db import connection

    from commitments.models import PledgeSearch
    from commitments.questions import ask

    term = ask(query).terms[0]
    sql, params = PledgeSearch.holding([term.any]).query.sql_with_params()

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS n", params)
            cursor.fetchone()
            cursor.execute(f"{sql} LIMIT 25", params)
            cursor.fetchall()

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pledges", type=int, default=100_000)
    parser.add_argument("--database", default="", help="postgres://user@host:port; SQLite without it")
    parser.add_argument("--seconds", type=float, default=1.0, help="of timing for each cell")
    arguments = parser.parse_args()
    with database(arguments.database):
        _measure(arguments.pledges, arguments.seconds, arguments.database)


def _measure(number: int, seconds: float, server: str) -> None:
    from django.db import connection

    from commitments.models import PledgeSearch
    from commitments.questions import ask
    from commitments.record import published, search

    begun = time.monotonic()
    every = {key: _plain(text) for key, text in fill(number).items()}
    if server:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    analyze()
    print(f"{number:,} pledges on {'PostgreSQL' if server else 'SQLite'}, made in {time.monotonic() - begun:.0f} s")
    print("milliseconds of a search, its total and the first 25: the median; found and false against a naive scan\n")
    print("| asked | kind | matches | found | false | floor | index | whole list, database | whole list |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    on = date(2026, 11, 22)

    def in_index(query: str) -> object:
        """Ask the index alone, as `record.search` asks it of pledges: the total, and the first 25 by relevance."""
        terms = ask(query).terms
        rows = PledgeSearch.objects.filter(title__holds=tuple(term.any for term in terms)).order_by("rowid")
        ranked = search._ranked(rows, dict.fromkeys(terms, 1.0), PledgeSearch, "rowid")
        return rows.count(), list(ranked.values_list("rowid", flat=True)[:25])

    def in_list(query: str) -> object:
        rows = search.matching(published.pledges(on=on), query)
        return rows.count(), list(rows.values_list("pk", flat=True)[:25])

    for query, kind, holds in ASKED:
        cells = ["", "", ""]
        if holds:
            true = {key for key, text in every.items() if holds(text)}
            rows = search.matching(published.pledges(on=on), query).order_by()
            found = set(rows.values_list("current_coding", flat=True)) & every.keys()
            cells = [f"{len(true):,}", f"{len(found & true) / len(true):.1%}", f"{len(found - true):,}"]
        times = [_timed(_naked(query), seconds), _waited(lambda q=query: in_index(q), seconds)]
        times += [_waited(lambda q=query: in_list(q), seconds), _timed(lambda q=query: in_list(q), seconds)]
        print(f"| {query} | {kind} | {' | '.join([*cells, *(f'{ms:.1f}' for ms in times)])} |", flush=True)


if __name__ == "__main__":
    main()
