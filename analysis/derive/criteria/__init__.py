"""Response criteria, each a named object; the protocol chooses one by name."""

from analysis.derive.criteria import imwg
from analysis.refusal import refusal

CRITERIA = {imwg.CRITERIA.name: imwg.CRITERIA}


def response_criteria(protocol: dict) -> imwg.Criteria:
    """The criteria named in the protocol; an unknown name is refused."""
    name = protocol["response"]["criteria"]["value"]
    if name not in CRITERIA:
        raise refusal("response.criteria", f"be {' or '.join(CRITERIA)}", name, "protocol.yaml")
    return CRITERIA[name]
