#!/usr/bin/env python3
"""Asks a gate at a steady rate, as roll-out tools do, and prints the latencies as JSON.

    gate_load.py URL --rate 50 --seconds 10 [--fresh] [--ca FILE]

--fresh opens a connection for each request; otherwise eight are kept alive. A request that is late doesn't delay the
next: its latency counts from when it was due.
"""
import argparse
import concurrent.futures
import http.client
import json
import ssl
import threading
import time
import urllib.parse

CLIENTS = 8
local = threading.local()


def connect(url, context):
    if url.scheme == "https":
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=30, context=context)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=30)


def ask(url, context, is_fresh, due):
    connection = None if is_fresh else getattr(local, "connection", None)
    if connection is None:
        connection = connect(url, context)
        local.connection = connection
    try:
        connection.request("GET", url.path + ("?" + url.query if url.query else ""))
        response = connection.getresponse()
        body = response.read()
        if is_fresh:
            connection.close()
        is_right = response.status == 200 and json.loads(body)["state"] == "ready"
    except (OSError, http.client.HTTPException):
        local.connection = None
        is_right = False
    return time.monotonic() - due, is_right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", type=urllib.parse.urlsplit)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--ca")
    options = parser.parse_args()
    context = ssl.create_default_context(cafile=options.ca) if options.ca else None
    began = time.monotonic() + 0.1
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        asked = []
        for i in range(int(options.rate * options.seconds)):
            due = began + i / options.rate
            time.sleep(max(0.0, due - time.monotonic()))
            asked.append(pool.submit(ask, options.url, context, options.fresh, due))
        ended = [each.result() for each in asked]
    took = sorted(1000 * latency for latency, _ in ended)
    print(json.dumps({
        "requests": len(took),
        "failures": sum(not is_right for _, is_right in ended),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
        "max_ms": round(took[-1], 2),
    }))


if __name__ == "__main__":
    main()
