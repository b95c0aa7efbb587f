from books import para

from briefpub.domain.document import DefinitionList, Division, Heading, ItemList, Quotation, Section, Text
from briefpub.domain.walking import walk
from briefpub.render.outline import depths, outlined


def test_levels_go_down_one_at_a_time():
    odd = Section(
        id="a",
        level=4,
        heading=(Text("A"),),
        sections=(Section(id="b", level=6, heading=(Text("B"),)),),
    )
    (section,) = outlined((odd,))

    assert (section.level, section.sections[0].level) == (2, 3)
    assert [(inner.id, depth) for inner, depth in depths((odd,))] == [("a", 1), ("b", 2)]


def test_headings_in_quotations_lists_and_divisions_stand_under_their_section():
    loose = Heading(level=6, children=(Text("x"),))
    blocks = (
        loose,
        Quotation(blocks=(Division(blocks=(loose,)),)),
        ItemList(items=((loose,),)),
        DefinitionList(items=(((Text("t"),), ((loose,),)),)),
        para("words"),
    )
    (section,) = outlined((Section(id="a", level=2, heading=(), blocks=blocks),))
    levels = [block.level for block in walk(section.blocks) if isinstance(block, Heading)]

    assert levels == [3, 3, 3, 3]
    assert section.blocks[-1] == blocks[-1]
