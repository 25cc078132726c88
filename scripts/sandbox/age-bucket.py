"""age-bucket.py OBJECTS VERSIONS DAYS: sets back what versitygw keeps of a bucket and compares with its clock, as if DAYS had passed."""

import datetime
import json
import os
import sys

LOCK, RETENTION = "user.bucket-lock", "user.object-retention"


def set_back(path, name, field, days):
    try:
        value = json.loads(os.getxattr(path, name))
    except OSError:
        return
    if value.get(field) is None:
        return
    # Go writes nanoseconds, which Python does not read.
    moment = datetime.datetime.strptime(value[field][:19], "%Y-%m-%dT%H:%M:%S") - datetime.timedelta(days=days)
    value[field] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    os.setxattr(path, name, json.dumps(value).encode())


objects, versions, days = sys.argv[1], sys.argv[2], int(sys.argv[3])
set_back(objects, LOCK, "CreatedAt", days)
for root in (objects, versions):
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            set_back(path, RETENTION, "RetainUntilDate", days)
            at = os.stat(path).st_mtime - days * 86400
            os.utime(path, (at, at))
