"""Sample of the metrics: one row a run."""
import os
import sqlite3

with sqlite3.connect(os.environ["METRICS_DATABASE"], timeout=20) as database:
    database.execute("CREATE TABLE IF NOT EXISTS metrics (at TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL)")
    database.execute("INSERT INTO metrics VALUES (strftime('%Y-%m-%dT%H:%M:%fZ'), 'load', ?)", (os.getloadavg()[0],))
