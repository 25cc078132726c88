#!/bin/sh
# Present while packages are being installed: units start when the service is started, not before.
exit 101
