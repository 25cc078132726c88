"""Sample of the morning report: how many repositories the forge shows today."""
import datetime
import json
import os
import pathlib
import urllib.request

token = pathlib.Path(os.environ["FORGE_TOKEN_FILE"]).read_text().strip()
request = urllib.request.Request(f"{os.environ['FORGE_URL']}/api/v1/repos/search?limit=1", headers={"Authorization": f"token {token}"})
with urllib.request.urlopen(request, timeout=20) as answer:
    total = answer.headers.get("X-Total-Count", "?")
    json.load(answer)
reports = pathlib.Path(os.environ["REPORTS"])
reports.mkdir(exist_ok=True)
today = datetime.datetime.now(datetime.timezone.utc).date()
(reports / f"{today}.md").write_text(f"# {today}\n\n{total} repositories.\n")
