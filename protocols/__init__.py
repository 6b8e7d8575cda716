"""The experiments, one readable and runnable file each.

A protocol is a value: what it draws, its schedule, how it is performed, and its pictures
(:mod:`.running.protocol`); one that stores items and asks for them is made by
:func:`.parts.store_and_recall.store_and_recall`. What runs it lives in ``running/``, what several
share in ``parts/``. Protocols may import circuits and analysis; only the command line imports
protocols.

To add a protocol, write its file beside the others and name it in ``PROTOCOLS``.
"""

from __future__ import annotations

#: Name on the command line -> module that holds it as ``PROTOCOL``.
PROTOCOLS = {
    "storage": "hippokv.protocols.storage",
    "cued-recall": "hippokv.protocols.cued_recall",
    "capacity": "hippokv.protocols.capacity",
    "continual": "hippokv.protocols.continual",
    "flashbulb": "hippokv.protocols.flashbulb",
    "correlated": "hippokv.protocols.correlated",
    "heteroassociative": "hippokv.protocols.heteroassociative",
    "sequence": "hippokv.protocols.sequence",
    "copy-paste": "hippokv.protocols.copy_paste",
    "lesion": "hippokv.protocols.lesion",
    "optogenetic-reactivation": "hippokv.protocols.optogenetic_reactivation",
    "false-memory": "hippokv.protocols.false_memory",
    "optogenetic-silencing": "hippokv.protocols.optogenetic_silencing",
    "silent-engram": "hippokv.protocols.silent_engram",
    "two-task": "hippokv.protocols.two_task",
    "dissociation": "hippokv.protocols.dissociation",
    "interference": "hippokv.protocols.interference",
    "accessibility": "hippokv.protocols.accessibility",
    "extinction": "hippokv.protocols.extinction",
    "spacing": "hippokv.protocols.spacing",
    "retrieval-practice": "hippokv.protocols.retrieval_practice",
    "consolidation": "hippokv.protocols.consolidation",
    "reminder": "hippokv.protocols.reminder",
    "hypermnesia": "hippokv.protocols.hypermnesia",
    "retrograde-amnesia": "hippokv.protocols.retrograde_amnesia",
    "scaffold-stability": "hippokv.protocols.scaffold_stability",
    "remapping": "hippokv.protocols.remapping",
    "path-integration": "hippokv.protocols.path_integration",
    "scaffold-recall": "hippokv.protocols.scaffold_recall",
    "sequence-by-path": "hippokv.protocols.sequence_by_path",
}

#: Name on the command line -> module that holds it as ``FIGURE``.
FIGURES = {
    "tyulmankov-2": "hippokv.protocols.papers.recall_and_capacity",
    "tyulmankov-3": "hippokv.protocols.papers.learned_rules",
    "tyulmankov-4": "hippokv.protocols.papers.continual_and_flashbulb",
    "tyulmankov-5": "hippokv.protocols.papers.pairs_and_sequences",
    "gershman-2": "hippokv.protocols.papers.trained_keys_and_values",
    "gershman-3": "hippokv.protocols.papers.forgetting_as_retrieval",
    "gershman-separability": "hippokv.protocols.papers.separability",
    "extinction": "hippokv.protocols.papers.extinction_and_its_returns",
    "spacing": "hippokv.protocols.papers.spaced_study",
    "testing": "hippokv.protocols.papers.tested_or_studied",
    "consolidation": "hippokv.protocols.papers.consolidation_and_lesion",
    "gist": "hippokv.protocols.papers.gist_of_categories",
    "reminder": "hippokv.protocols.papers.reminded_fear",
    "hypermnesia": "hippokv.protocols.papers.return_of_the_lost",
    "retrograde-amnesia": "hippokv.protocols.papers.shrinking_amnesia",
}
