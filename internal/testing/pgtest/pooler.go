package pgtest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Pooler returns the URL by which the database at a URL of [Database] is
// reached through a PgBouncer with settings of its own, a line each, such as
// pool_mode=transaction. It ends with the test. Where PgBouncer isn't
// installed, the test is skipped.
func Pooler(tb testing.TB, of string, settings ...string) string {
	tb.Helper()
	path := "/usr/sbin/pgbouncer"
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("pgbouncer"); err != nil {
			tb.Skip("PgBouncer is not installed")
		}
	}
	behind, err := url.Parse(of)
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "didops-bouncer") //nolint:usetesting // the path of a socket may not be long
	if err == nil {
		err = own(dir)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	lines := append([]string{
		"[databases]", "* = host=" + behind.Query().Get("host") + " user=" + owner,
		"[pgbouncer]", "listen_addr=", "unix_socket_dir=" + dir, "auth_type=any", "logfile=" + filepath.Join(dir, "log"),
	}, settings...)
	file := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), path, file)
	cmd.Dir, cmd.SysProcAttr = dir, asOwner()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	socket := filepath.Join(dir, ".s.PGSQL.6432")
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(until) {
			said, _ := os.ReadFile(filepath.Join(dir, "log"))
			tb.Fatalf("PgBouncer does not begin: %s", said)
		}
	}
	through := url.URL{
		Scheme: "postgres", User: url.User(owner), Path: behind.Path,
		RawQuery: url.Values{"host": {dir}, "port": {"6432"}}.Encode(),
	}
	return through.String()
}
