from .consolidation import consolidated as reminded
