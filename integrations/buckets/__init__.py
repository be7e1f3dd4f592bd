"""Objects in a folder: `[buckets] root`. A bucket is a folder in it, and the parts of a key are the path below that.

| file | what |
|---|---|
| keys | which names may be paths |
| folder | reading, listing and writing objects, never outside of the root |
"""

from engine.config import Settings
from engine.contract import Integration
from engine.objects import ObjectStore
from integrations.buckets.folder import FolderStore


def _objects(settings: Settings) -> ObjectStore | None:
    return None if settings.buckets is None else FolderStore(settings.buckets.root)


integration = Integration(service="buckets", objects=_objects)
