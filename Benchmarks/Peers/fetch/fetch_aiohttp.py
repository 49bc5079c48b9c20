# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""Fetches the URLs of a file by aiohttp: fetch_aiohttp.py FILE WORKERS"""

import asyncio
import sys

import aiohttp


async def main(path, workers):
    done = total = 0
    with open(path) as file:
        urls = (line.strip() for line in file)

        async def work(session):
            nonlocal done, total
            for url in urls:
                async with session.get(url, ssl=False) as response:
                    async for chunk in response.content.iter_any():
                        total += len(chunk)
                    done += response.status == 200

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=workers)) as session:
            await asyncio.gather(*(work(session) for _ in range(workers)))
    print(done, total)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
