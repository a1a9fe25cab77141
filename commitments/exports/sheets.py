"""All tables: the three that can be asked for alone, and with them those of the data package."""

from commitments.exports import comparison, evidence, figures, judgements, pledges, texts, updates

#: What `/export/` gives out, by name.
EXPORTED = {sheet.name: sheet for sheet in (pledges.SHEET, updates.SHEET, evidence.SHEET)}

#: Everything that is public, in the direction of the data: sources, pledges, evidence, judgements, the log.
EVERYTHING = (
    texts.DOCUMENTS,
    texts.RENDITIONS,
    texts.SECTIONS,
    texts.PASSAGES,
    comparison.DIFFERENCES,
    comparison.WORDINGS,
    pledges.SHEET,
    texts.QUOTES,
    judgements.CODINGS,
    judgements.THEMES,
    judgements.RIGHTS,
    judgements.ACTORS,
    evidence.SHEET,
    judgements.BEARINGS,
    updates.SHEET,
    judgements.CITATIONS,
    judgements.SEARCHES,
    judgements.REPLIES,
    figures.TARGETS,
    figures.INDICATORS,
    figures.POINTS,
    judgements.LOG,
)
