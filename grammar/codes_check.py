"""The codes of what the checker finds: units, names, components, wiring, values, settings."""

from __future__ import annotations

from inferno.grammar.code import Code
from inferno.grammar.codes_components import COMPONENT_CODES
from inferno.grammar.codes_links import LINK_CODES
from inferno.grammar.codes_names import NAME_CODES
from inferno.grammar.codes_network import NETWORK_CODES
from inferno.grammar.codes_quantities import QUANTITY_CODES
from inferno.grammar.codes_settings import SETTING_CODES
from inferno.grammar.codes_structure import STRUCTURE_CODES
from inferno.grammar.codes_values import VALUE_CODES

CHECK_CODES: dict[str, Code] = (
    QUANTITY_CODES | NAME_CODES | COMPONENT_CODES | NETWORK_CODES | LINK_CODES | STRUCTURE_CODES | VALUE_CODES | SETTING_CODES
)
