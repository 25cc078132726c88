# A package, so that Evennia finds its settings.
