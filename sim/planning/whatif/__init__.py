"""The what-if page: sliders, a map, an answer in less than a second."""

from sim.planning.whatif.serve import WhatIf, serve_page, whatif_app

__all__ = ["WhatIf", "serve_page", "whatif_app"]
