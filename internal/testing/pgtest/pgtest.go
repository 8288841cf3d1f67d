// Package pgtest gives tests a real PostgreSQL.
//
// A test binary has one server, started when a test first asks for a
// [Database] and stopped by [Main]; a test that stops servers starts one of
// its own ([Start]). Servers listen on a socket in a folder that nobody else
// may enter, and end with the test binary, however that ends. Where PostgreSQL
// isn't installed, the tests that need it are skipped.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Runner is what runs the tests of a package: a [*testing.M].
type Runner interface{ Run() int }

// Main returns what runs the tests in the way of m and then stops the server
// of the test binary. A package that uses [Database] runs its tests by it:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }
func Main(m Runner) Runner { return run(func() int { defer shared.stop(); return m.Run() }) }

type run func() int

// Run implements [Runner].
func (r run) Run() int { return r() }

// shared is the server of the test binary.
//
//nolint:gochecknoglobals // the tests of a package share nothing else
var shared lazy

// lazy is a server that is started when it is first needed.
type lazy struct {
	mu     sync.Mutex
	server *Server
	err    error
}

func (l *lazy) get() (*Server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil && l.err == nil {
		l.server, l.err = start("", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=128MB", "min_wal_size=32MB")
	}
	return l.server, l.err
}

func (l *lazy) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		l.server.remove()
	}
}

// Database returns the URL of a new, empty database on the server of the test
// binary. It is dropped when the test ends. What is committed there would not
// outlive the machine, but outlives the programs that use it.
func Database(tb testing.TB) string {
	tb.Helper()
	require(tb)
	s, err := shared.get()
	if err != nil {
		tb.Fatal(err)
	}
	return s.Database(tb)
}

// Copy returns the URL of a new database that holds what the database at the
// URL of [Database] holds, to which nobody may be connected.
func Copy(tb testing.TB, of string) string {
	tb.Helper()
	s, err := shared.get()
	if err != nil {
		tb.Fatal(err)
	}
	return s.create(tb, "--template="+name(tb, of))
}

// Run runs a program of PostgreSQL's, such as pg_dump, and returns its output.
func Run(tb testing.TB, program string, args ...string) []byte {
	tb.Helper()
	require(tb)
	out, err := tool(context.WithoutCancel(tb.Context()), program, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// Start starts a server for one test, which loses nothing that is committed
// when it is killed. It is stopped and removed when the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return StartIn(tb, "")
}

// StartIn is Start for a server that keeps what it has in a folder of its own in the
// one that is given.
func StartIn(tb testing.TB, dir string) *Server {
	tb.Helper()
	require(tb)
	s, err := start(dir, "fsync=on")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.remove)
	return s
}

// Database returns the URL of a new, empty database. It is dropped when the
// test ends, if the server runs then.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	return s.create(tb, "--template=template0")
}

func (s *Server) create(tb testing.TB, options ...string) string {
	tb.Helper()
	name := fmt.Sprint("t", s.databases.Add(1))
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + name, RawQuery: url.Values{"host": {s.dir}}.Encode()}
	options = append(options, "--maintenance-db=postgres")
	at := []string{"--host=" + s.dir, "--username=" + owner}
	ctx := context.WithoutCancel(tb.Context())
	if _, err := tool(ctx, "createdb", slices.Concat(at, options, []string{name})...); err != nil {
		tb.Fatalf("%v\n%s", err, s.process.said())
	}
	tb.Cleanup(func() {
		if s.runs() {
			if _, err := tool(ctx, "dropdb", slices.Concat(at, []string{"--force", name})...); err != nil {
				tb.Errorf("%v\n%s", err, s.process.said())
			}
		}
	})
	return u.String()
}

// name returns the name of a database.
func name(tb testing.TB, of string) string {
	tb.Helper()
	u, err := url.Parse(of)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// require skips where PostgreSQL can't be had.
func require(tb testing.TB) {
	tb.Helper()
	if _, err := find("postgres"); err != nil {
		tb.Skip("PostgreSQL is not installed")
	}
	if err := mayStart(); err != nil {
		tb.Skip(err)
	}
}

// find returns the path of a program of PostgreSQL's. Debian keeps those of
// the server, by version, where no search path leads to.
func find(program string) (string, error) {
	if at, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program); len(at) > 0 {
		return at[len(at)-1], nil
	}
	return exec.LookPath(program)
}

// tool runs a program of PostgreSQL's to its end.
func tool(ctx context.Context, program string, args ...string) ([]byte, error) {
	path, err := find(program)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "PGCONNECT_TIMEOUT=30")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s: %w: %s", program, err, exit.Stderr)
	}
	return out, err
}

// Server is a PostgreSQL server. Safe for concurrent use, but for Kill and
// Restart.
type Server struct {
	dir       string // of its socket and data
	settings  []string
	databases atomic.Int64
	process   *process
}
