"""What the server is measured against: a bare Starlette application that answers a JSON body with itself, under uvicorn
with the server's settings. `python -m bench.echo PORT`."""

import logging
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


def main() -> None:
    application = Starlette(routes=[Route("/", echo, methods=["POST"])])
    logging.disable(logging.INFO)
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        access_log=False,
        log_level="warning",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
