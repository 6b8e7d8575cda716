"""The papers that sources and docstrings name, and HippoKV itself, in full.

An entry holds what was looked up and nothing else; a field that was not is left out. What a source
names and nobody looked up stands in ``NOT_LOOKED_UP``, and is shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import __version__


@dataclass(frozen=True)
class Reference:
    """Hold what a bibliography says of a publication.

    Parameters
    ----------
    kind
        Its type in words of BibTeX.
    authors
        Family name and initials of each, as in BibTeX.
    year
        Year of publication.
    title
        Its title.
    where
        Journal, proceedings or publisher.
    volume, pages, doi, arxiv
        Where it is found there.
    """

    kind: str
    authors: tuple[str, ...]
    year: int
    title: str = ""
    where: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    arxiv: str = ""

    @property
    def key(self) -> str:
        """What BibTeX calls it."""
        return re.sub(r"\W", "", self.first.lower()) + str(self.year)

    @property
    def first(self) -> str:
        """Family name of the first author."""
        return self.authors[0].partition(",")[0]

    @property
    def label(self) -> str:
        """What texts call it."""
        names = [author.partition(",")[0] for author in self.authors]
        if len(names) == 2 and names[1] != "others":
            return f"{names[0]} & {names[1]} {self.year}"
        return f"{names[0]}{' et al.' if len(names) > 1 else ''} {self.year}"


def _article(authors: str, year: int, title: str, where: str, *place: str) -> Reference:
    return Reference("article", tuple(authors.split("; ")), year, title, where, *place)


#: The publications, by what is cited first.
REFERENCES = (
    Reference(
        "inproceedings",
        ("Tyulmankov, D.", "Fang, C.", "Vadaparty, A.", "Yang, G. R."),
        2021,
        "Biological learning in key-value memory networks",
        "Advances in Neural Information Processing Systems 34",
    ),
    Reference(
        "article",
        ("Gershman, S. J.", "Fiete, I.", "Irie, K."),
        2025,
        "Key-value memory in the brain",
        arxiv="2501.02950",
    ),
    _article(
        "Bittner, K. C.; Milstein, A. D.; Grienberger, C.; Romani, S.; Magee, J. C.", 2017,
        "Behavioral time scale synaptic plasticity underlies CA1 place fields",
        "Science", "357", "1033-1036",
    ),
    _article(
        "Milstein, A. D.; Li, Y.; Bittner, K. C.; Grienberger, C.; Soltesz, I.; Magee, J. C.; "
        "Romani, S.", 2021,
        "Bidirectional synaptic plasticity rapidly modifies hippocampal representations",
        "eLife", "", "", "10.7554/eLife.73046",
    ),
    _article(
        "Urbanczik, R.; Senn, W.", 2014,
        "Learning by the dendritic prediction of somatic spiking",
        "Neuron", "81", "521-528", "10.1016/j.neuron.2013.11.030",
    ),
    _article(
        "Chandra, S.; Sharma, S.; Chaudhuri, R.; Fiete, I.", 2025,
        "Episodic and associative memory from spatial scaffolds in the hippocampus",
        "Nature", "638", "739-751", "10.1038/s41586-024-08392-y",
    ),
    Reference(
        "inproceedings",
        ("Sharma, S.", "Chandra, S.", "Fiete, I."),
        2022,
        "Content addressable memory without catastrophic forgetting by heteroassociation with a "
        "fixed scaffold",
        "International Conference on Machine Learning",
        pages="19658-19682",
    ),
    _article(
        "Hafting, T.; Fyhn, M.; Molden, S.; Moser, M.-B.; Moser, E. I.", 2005,
        "Microstructure of a spatial map in the entorhinal cortex", "Nature", "436", "801-806",
    ),
    _article(
        "Burak, Y.; Fiete, I. R.", 2009,
        "Accurate path integration in continuous attractor network models of grid cells",
        "PLoS Computational Biology", "", "", "10.1371/journal.pcbi.1000291",
    ),
    _article(
        "Guanella, A.; Kiper, D.; Verschure, P.", 2007, "",
        "International Journal of Neural Systems", "", "", "10.1142/S0129065707001093",
    ),
    _article(
        "Ye, J.; others", 2018, "", "Proceedings of the National Academy of Sciences", "", "",
        "10.1073/pnas.1720855115",
    ),
    Reference(
        "book", ("Gerstner, W.", "Kistler, W. M."), 2002, "Spiking neuron models",
        "Cambridge University Press",
    ),
    _article(
        "Hasselmo, M. E.; Bodelón, C.; Wyble, B. P.", 2002,
        "A proposed function for hippocampal theta rhythm: separate phases of encoding and "
        "retrieval enhance reversal of prior learning",
        "Neural Computation", "14", "793-817", "10.1162/089976602317318965",
    ),
    _article(
        "Egorov, A. V.; Hamam, B. N.; Fransén, E.; Hasselmo, M. E.; Alonso, A. A.", 2002,
        "Graded persistent activity in entorhinal cortex neurons",
        "Nature", "420", "173-178", "10.1038/nature01171",
    ),
    _article(
        "Evans, B. D.; Jarvis, S.; Schultz, S. R.; Nikolic, K.", 2016,
        "PyRhO: a multiscale optogenetics simulation platform",
        "Frontiers in Neuroinformatics", "10", "8", "10.3389/fninf.2016.00008",
    ),
    _article(
        "Liu, X.; Ramirez, S.; Pang, P. T.; Puryear, C. B.; Govindarajan, A.; Deisseroth, K.; "
        "Tonegawa, S.", 2012,
        "Optogenetic stimulation of a hippocampal engram activates fear memory recall",
        "Nature", "484", "381-385",
    ),
    _article(
        "Ramirez, S.; Liu, X.; Lin, P.-A.; Suh, J.; Pignatelli, M.; Redondo, R. L.; Ryan, T. J.; "
        "Tonegawa, S.", 2013,
        "Creating a false memory in the hippocampus", "Science", "341", "387-391",
    ),
    _article(
        "Roy, D. S.; Muralidhar, S.; Smith, L. M.; Tonegawa, S.", 2017,
        "Silent memory engrams as the basis for retrograde amnesia",
        "Proceedings of the National Academy of Sciences", "114", "E9972-E9979",
    ),
    _article(
        "Berens, S. C.; Richards, B. A.; Horner, A. J.", 2020,
        "Dissociating memory accessibility and precision in forgetting",
        "Nature Human Behaviour", "4", "866-877",
    ),
    _article(
        "Zhang, W.; Luck, S. J.", 2008,
        "Discrete fixed-resolution representations in visual working memory",
        "Nature", "453", "233-235",
    ),
    _article(
        "Shiffrin, R. M.", 1970, "Forgetting: trace erosion or retrieval failure?",
        "Science", "168", "1601-1603",
    ),
    _article(
        "George, T. M.; Rastogi, M.; de Cothi, W.; Clopath, C.; Stachenfeld, K.; Barry, C.", 2024,
        "RatInABox, a toolkit for modelling locomotion and neuronal activity in continuous "
        "environments",
        "eLife", "13", "e85274", "10.7554/eLife.85274",
    ),
    _article(
        "Sargolini, F.; others", 2006,
        "Conjunctive representation of position, direction, and velocity in entorhinal cortex",
        "Science", "312", "758-762", "10.1126/science.1125572",
    ),
    _article(
        "Hopfield, J. J.", 1982,
        "Neural networks and physical systems with emergent collective computational abilities",
        "Proceedings of the National Academy of Sciences", "79", "2554-2558",
    ),
    _article(
        "Kosko, B.", 1988, "Bidirectional associative memories",
        "IEEE Transactions on Systems, Man, and Cybernetics", "18", "49-60",
    ),
    Reference("book", ("Kanerva, P.",), 1988, "Sparse distributed memory", "MIT Press"),
    Reference(
        "inproceedings", ("Krotov, D.", "Hopfield, J. J."), 2016,
        "Dense associative memory for pattern recognition",
        "Advances in Neural Information Processing Systems", "29", arxiv="1606.01164",
    ),
    _article(
        "Demircigil, M.; Heusel, J.; Löwe, M.; Upgang, S.; Vermet, F.", 2017,
        "On a model of associative memory with huge storage capacity",
        "Journal of Statistical Physics", "168", "288-299",
    ),
    Reference(
        "article", ("Ramsauer, H.", "others"), 2020, "Hopfield networks is all you need",
        arxiv="2008.02217",
    ),
    _article(
        "Parisi, G.", 1986, "A memory which forgets",
        "Journal of Physics A: Mathematical and General", "19", "L617",
    ),
    _article(
        "Hung, C.-C.; Lillicrap, T.; Abramson, J.; Wu, Y.; Mirza, M.; Carnevale, F.; Ahuja, A.; "
        "Wayne, G.", 2019,
        "Optimizing agent behavior over long time scales by transporting value",
        "Nature Communications", "10", "1-12",
    ),
    _article(
        "Pike, F. G.; Goddard, R. S.; Suckling, J. M.; Ganter, P.; Kasthuri, N.; Paulsen, O.", 2000,
        "Distinct frequency preferences of different types of rat hippocampal neurones in response "
        "to oscillatory input currents",
        "Journal of Physiology",
    ),
    _article(
        "Chevaleyre, V.; Siegelbaum, S. A.", 2010,
        "Strong CA2 pyramidal neuron synapses define a powerful disynaptic cortico-hippocampal "
        "loop",
        "Neuron",
    ),
    _article(
        "Lübke, J.; Frotscher, M.; Spruston, N.", 1998,
        "Specialized electrophysiological properties of anatomically identified neurons in the "
        "hilar region of the rat fascia dentata",
        "Journal of Neurophysiology",
    ),
    _article(
        "Mercer, A.; Eastlake, K.; Trigg, H. L.; Thomson, A. M.", 2012,
        "Local circuitry involving parvalbumin-positive basket cells in the CA2 region of the "
        "hippocampus",
        "Hippocampus", "22", "43-56", "10.1002/hipo.20841",
    ),
    _article(
        "Pernía-Andrade, A. J.; Jonas, P.", 2014,
        "",
        "Neuron", "81", "140-152", "10.1016/j.neuron.2013.09.046",
    ),
    _article(
        "Kremin, T.; Hasselmo, M. E.", 2007,
        "Cholinergic suppression of glutamatergic synaptic transmission in hippocampal region CA3 "
        "exhibits laminar selectivity: implication for hippocampal network dynamics",
        "Neuroscience", "", "", "10.1016/j.neuroscience.2007.07.007",
    ),
    _article(
        "Kim, J. J.; Fanselow, M. S.", 1992,
        "Modality-specific retrograde amnesia of fear",
        "Science", "256", "675-677", "10.1126/science.1585183",
    ),
    _article(
        "Lehmann, H.; Lacanilao, S.; Sutherland, R. J.", 2007,
        "Complete or partial hippocampal damage produces equivalent retrograde amnesia for remote "
        "contextual fear memories",
        "European Journal of Neuroscience", "25", "1278-1286", "10.1111/j.1460-9568.2007.05374.x",
    ),
    _article(
        "Sutherland, R. J.; O'Brien, J.; Lehmann, H.", 2008,
        "Absence of systems consolidation of fear memories after dorsal, ventral, or complete "
        "hippocampal damage",
        "Hippocampus", "18", "710-718", "10.1002/hipo.20431",
    ),
    _article(
        "Winocur, G.; Frankland, P. W.; Sekeres, M.; Fogel, S.; Moscovitch, M.", 2009,
        "Changes in context-specificity during memory reconsolidation: selective effects of "
        "hippocampal lesions",
        "Learning & Memory", "16", "722-729",
    ),
    _article(
        "Wiltgen, B. J.; Silva, A. J.", 2007,
        "Memory for context becomes less specific with time",
        "Learning & Memory", "14", "313-317", "10.1101/lm.430907",
    ),
    _article(
        "Pignatelli, M.; others", 2019,
        "Engram cell excitability state determines the efficacy of memory retrieval",
        "Neuron", "101", "274-284", "10.1016/j.neuron.2018.11.029",
    ),
)  # fmt: skip
#: What simulates the circuits.
SIMULATOR = _article(
    "Stimberg, M.; Brette, R.; Goodman, D. F. M.", 2019,
    "Brian 2, an intuitive and efficient neural simulator",
    "eLife", "8", "e47314", "10.7554/eLife.47314",
)  # fmt: skip
#: HippoKV as ``CITATION.cff`` has it.
HIPPOKV = Reference(
    "software", ("{The HippoKV developers}",), 2026,
    "HippoKV: key-value memory in spiking hippocampal-cortical circuits",
    f"version {__version__}",
)  # fmt: skip
#: First author and year of what is named somewhere and was not looked up.
NOT_LOOKED_UP: Mapping[str, str] = {
    "Abraham & Goddard 1983": "heterosynaptic depression in the dentate gyrus",
    "Ali et al. 1998": "EPSPs of basket and bistratified cells in CA1",
    "Alonso & Klink 1993": "stellate and pyramidal cells of entorhinal layer II",
    "Andersen et al. 1977": "potentiation in CA1 that is specific to its input",
    "Bansal et al. 2020": "the four-state model of the anion channel GtACR2",
    "Bartos et al. 2007": "fast inhibition by parvalbumin cells",
    "Basu et al. 2016": "inhibition of CA1 by entorhinal cells that project far",
    "Buzsáki 2002": "theta rhythm",
    "Cepeda et al. 2008": "gaps between studies and delays to a test",
    "Desai et al. 1999": "excitability that follows activity, in cultures of cortex",
    "Destexhe et al. 2001": "fluctuating conductances of background synapses",
    "Epsztein et al. 2011": "spike thresholds of place cells and silent cells",
    "Erdelyi & Becker 1974": "more of a list of pictures in each of three tests",
    "Erdelyi & Kleinbard 1978": "recall of pictures again and again for a week",
    "Geiger et al. 1997": "EPSCs of basket cells",
    "Glickfeld et al. 2009": "reversal of inhibition in CA1 cells",
    "Govorunova et al. 2015": "anion channelrhodopsins",
    "Hasselmo & Schnell 1994": "cholinergic suppression in two layers of CA1",
    "He et al. 2015": "eligibility traces of cortical synapses",
    "Hodgkin & Huxley 1952": "recovery of sodium channels",
    "Hu et al. 2014": "review of fast-spiking cells",
    "Jolivet et al. 2006": "stochastic thresholds of pyramidal cells",
    "Langston et al. 2010": "gridness beside that of shuffled spikes",
    "Lynch et al. 1977": "heterosynaptic depression in CA1",
    "Maccaferri et al. 2000": "IPSCs of dendrites and somata in CA1",
    "McClelland et al. 1995": "rates of consolidation fitted to rats with lesions",
    "Melzer et al. 2012": "inhibitory cells between hippocampus and entorhinal cortex",
    "Mensi et al. 2012": "fits of a stochastic threshold",
    "Mizuseki et al. 2009": "entorhinal and hippocampal cells in theta",
    "Monfils et al. 2009": "freezing after extinction and a retrieval before it",
    "Nagel et al. 2003": "channelrhodopsin-2",
    "Parikh et al. 2007": "cholinergic transients",
    "Pearce 1993": "fast and slow inhibition of CA1 pyramidal cells",
    "Ranck 1973": "complex spikes",
    "Roediger & Karpicke 2006": "tests and study, minutes to a week before a last test",
    "Royer & Paré 2003": "potentiation balanced by depression of other synapses",
    "Turrigiano 2011": "a review of homeostatic plasticity",
    "Unal et al. 2012": "cholinergic cells of the basal forebrain",
}


def is_named(first: str, year: int, text: str) -> bool:
    """Return whether a text names what somebody wrote in a year, alone or with others."""
    # Most texts name nobody, which is seen at once.
    if first not in text:
        return False
    return bool(re.search(rf"\b{re.escape(first)}\b[^0-9]{{0,40}}{year}\b", text))


def named_in(text: str) -> list[Reference]:
    """Return the publications that a text names."""
    return [one for one in (*REFERENCES, SIMULATOR) if is_named(one.first, one.year, text)]


def not_looked_up_in(text: str) -> list[str]:
    """Return what a text names that was not looked up, by first author and year."""
    return [
        label for label in NOT_LOOKED_UP
        if is_named(label.partition(" ")[0], int(label[-4:]), text)
    ]  # fmt: skip


def as_text(reference: Reference) -> str:
    """Return a publication as a line of a bibliography."""
    names = [
        name.strip("{}").replace(", ", " ").replace(". ", "").replace(".", "")
        for name in reference.authors
    ]
    if names[-1] == "others":
        shown = f"{', '.join(names[:-1])} et al."
    else:
        shown = " & ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    place = " ".join(filter(None, (reference.where, reference.volume)))
    place = f"{place}:{reference.pages}" if reference.pages and place else place
    parts = [f"{shown} ({reference.year})", reference.title, place]
    parts.append(f"doi:{reference.doi}" if reference.doi else "")
    parts.append(f"arXiv:{reference.arxiv}" if reference.arxiv else "")
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def as_bibtex(references: Iterable[Reference]) -> str:
    """Return publications in BibTeX."""
    return "\n\n".join(_bibtex(one) for one in references)


def _bibtex(one: Reference) -> str:
    place = {"article": "journal", "inproceedings": "booktitle", "book": "publisher"}
    fields = {
        "author": " and ".join(one.authors),
        "title": f"{{{one.title}}}" if one.title else "",
        place.get(one.kind, "version"): one.where.removeprefix("version "),
        "volume": one.volume,
        "pages": one.pages.replace("-", "--"),
        "year": str(one.year),
        "doi": one.doi,
        "eprint": one.arxiv,
        "archiveprefix": "arXiv" if one.arxiv else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{one.kind}{{{one.key},", *lines, "}"])
