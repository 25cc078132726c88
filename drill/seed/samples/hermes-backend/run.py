"""Sample of the backend: FastAPI on PORT, healthy as long as its configuration can be read."""
import os
import pathlib

import uvicorn
import yaml
from fastapi import FastAPI, HTTPException

app = FastAPI()
configuration = pathlib.Path(os.environ["CONFIG_FILE"])


@app.get("/health")
def health():
    try:
        return {"status": "ok", "port": yaml.safe_load(configuration.read_text())["fastapi"]["port"]}
    except (OSError, KeyError, TypeError) as error:
        raise HTTPException(503, f"configuration: {type(error).__name__}") from error


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
