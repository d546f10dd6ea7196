"""The formats of challenges, one module each. The judge finds challenges through FORMATS.

It may import challenges and the ground modules.
"""

from judge.challenges.format import Format
from judge.challenges.formats.folder import Folder

FORMATS: tuple[Format, ...] = (Folder(),)
