"""The formats that challenges come in: one module each, and the rest of the judge knows none of them.

It may import challenges and the ground modules.
"""

from judge.challenges.format import Format
from judge.challenges.formats.folder import Folder

FORMATS: tuple[Format, ...] = (Folder(),)
