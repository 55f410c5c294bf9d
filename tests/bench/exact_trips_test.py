#!/usr/bin/env python3
"""Exact figures of any build: connections, round trips and commits. SLUICE_BIN names the binary."""
import unittest

import measure
import peers
from peers import OURS, OURS_KNOWN, OURS_SUM
from server import Proxy, Server, prepare


class Trips(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        prepare(60, 300, floor=False)
        for n in (60, 300):
            peers.write_digest(n)
        cls.server = cls.enterClassContext(Server())
        cls.proxy = cls.enterClassContext(Proxy(cls.server))

    # performance, Targets: no-op: round trips, connections, any N
    def test_nothing_to_do_takes_three_trips_on_one_connection_for_any_number_of_migrations(self) -> None:
        for peer, n in ((OURS_KNOWN, 60), (OURS_KNOWN, 300), (OURS_SUM, 300)):
            with self.subTest(peer=peer.name, migrations=n):
                nothing = measure.trips(self.server, self.proxy, peer, n)["noop"]
                self.assertLessEqual(nothing["turns"], 3)
                self.assertEqual(nothing["connections"], 1)

    # run-protocol, State: nothing to do is one statement; it writes nothing
    def test_nothing_to_do_commits_nothing(self) -> None:
        self.assertEqual(measure.trips(self.server, self.proxy, OURS_KNOWN, 60)["noop"]["commits"], 0)

    def test_nothing_to_do_is_the_same_when_the_files_are_read(self) -> None:
        nothing = measure.trips(self.server, self.proxy, OURS, 300)["noop"]
        self.assertLessEqual(nothing["turns"], 3)
        self.assertEqual(nothing["connections"], 1)

    # performance, Targets: trips and commits a migration (small ones)
    def test_a_small_migration_takes_one_trip_and_one_commit(self) -> None:
        each = measure.per_migration(self.server, self.proxy, OURS, 60, 300)
        self.assertLessEqual(each["busiest"], 1)
        self.assertLess(each["turns"], 1.5)    # the others poll by the clock, and do nothing for each migration
        self.assertLessEqual(each["commits"], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
