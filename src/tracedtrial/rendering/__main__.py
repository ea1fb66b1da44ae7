"""The command line of the renderer; see the package's docstring for what it supports."""

import sys

from tracedtrial.rendering.command import main

sys.exit(main())
