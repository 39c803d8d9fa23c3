#!/usr/bin/env python3
"""Another's multicast DNS: zeroconf_peer.py NAME ADDRESS PORT announces such a node and tells, a line
of JSON each, of those that it sees come and go. Ends when its input does."""

import json
import socket
import sys

import zeroconf

TYPE = "_tesseras._udp.local."


def tell(what, name, **more):
    print(json.dumps({"what": what, "name": name.removesuffix("." + TYPE), **more}), flush=True)


class Listener(zeroconf.ServiceListener):
    def add_service(self, zc, type_, name):
        info = zc.get_service_info(type_, name, timeout=10_000)
        if info is None:
            return tell("unknown", name)
        texts = {key.decode(): (value or b"").decode() for key, value in info.properties.items()}
        return tell("seen", name, port=info.port, addresses=info.parsed_addresses(), texts=texts)

    def update_service(self, zc, type_, name):
        pass

    def remove_service(self, zc, type_, name):
        tell("gone", name)


def main():
    name, address, port = sys.argv[1:]
    zc = zeroconf.Zeroconf(ip_version=zeroconf.IPVersion.All)
    info = zeroconf.ServiceInfo(TYPE, f"{name}.{TYPE}", port=int(port), server=f"{name}.local.",
                                addresses=[socket.inet_aton(address)], properties={"v": "1"})
    zc.register_service(info)
    browser = zeroconf.ServiceBrowser(zc, TYPE, Listener())
    sys.stdin.read()
    browser.cancel()
    zc.close()


main()
