"""A folder to start a trial from: template files, empty raw tables, the shared page design."""

from tracedtrial.new.folder import new_trial

__all__ = ["new_trial"]
