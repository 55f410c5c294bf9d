#!/usr/bin/env python3
"""Exact figures of the release: size, linking, memory. SLUICE_BIN names the binary, else that of $SLUICE_RELEASE_BIN or build/release/bin.
The images' sizes are held by deploy/build-images.sh."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import measure
import peers
from peers import OURS, OURS_KNOWN, SLUICE
from server import CORPUS, Server, prepare, run

MEBIBYTE = 2**20


class Sizes(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        prepare(60, 5000, floor=False)
        peers.write_digest(60)
        cls.server = cls.enterClassContext(Server())

    def noop_rss_mib(self, peer: peers.Peer, n: int) -> float:
        database = measure.applied(self.server, peer, n)
        return run(peer.command(database, self.server.port, n), peer.cwd(n))["rss_kib"] / 1024

    # performance, Targets: `sluice`, one static file with all it needs
    def test_the_binary_is_one_static_file_of_at_most_8_mib(self) -> None:
        self.assertLessEqual(os.path.getsize(SLUICE), 8 * MEBIBYTE)
        headers = subprocess.run(["readelf", "--program-headers", SLUICE], check=True, text=True, capture_output=True)
        self.assertNotIn("INTERP", headers.stdout)

    # A Debian build met a module of a newer glibc in nsswitch.conf, and crashed; deploy/static_names.c prevents it.
    def test_names_are_looked_up_in_files_whatever_nsswitch_conf_says(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(f"{root}/etc")
            pathlib.Path(root, "etc/nsswitch.conf").write_text("hosts: no_such_service\npasswd: no_such_service\n")
            pathlib.Path(root, "etc/hosts").write_text("127.0.0.1 database.test\n")
            pathlib.Path(root, "etc/passwd").write_text("root:x:0:0::/:/\n")
            shutil.copy(SLUICE, f"{root}/sluice")
            shutil.copytree(CORPUS / "60/plain", f"{root}/migrations")
            database = self.server.fresh_database("names")
            address = f"postgres://bench@database.test:{self.server.port}/{database}"
            done = subprocess.run(["unshare", "--map-root-user", f"--root={root}", "/sluice", "upgrade", "heads",
                                   "--migrations", "/migrations", "--database", address], text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # issue 3: SLUICE_FAILPOINT in test builds only
    def test_a_failpoint_named_in_the_environment_is_nothing_to_a_release(self) -> None:
        database = self.server.fresh_database("failpoint")
        address = f"postgres://bench@127.0.0.1:{self.server.port}/{database}"
        done = subprocess.run([SLUICE, "upgrade", "heads", "--migrations", CORPUS / "60/plain", "--database", address],
                              env={**os.environ, "SLUICE_FAILPOINT": "run.started=kill,run.window=kill"}, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn(b"SLUICE_FAILPOINT", pathlib.Path(SLUICE).read_bytes())

    # performance, Targets: RSS: no-op / 5,000 files verified
    def test_nothing_to_do_takes_at_most_6_mib_of_memory(self) -> None:
        self.assertLessEqual(self.noop_rss_mib(OURS_KNOWN, 60), 6)

    def test_5000_files_read_and_verified_take_at_most_12_mib(self) -> None:
        self.assertLessEqual(self.noop_rss_mib(OURS, 5000), 12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
