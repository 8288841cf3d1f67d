// Package pgtest gives tests a real PostgreSQL: one server for each test
// binary, started at the first use, and a database for each test. It writes
// nothing that outlives the tests, and is only for them.
package pgtest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// programs is where Debian has the programs of a server.
const programs = "/usr/lib/postgresql/*/bin"

// errMissing is the cause of a skip.
var errMissing = errors.New("PostgreSQL is not installed (" + programs + "): apt-get install postgresql")

// Server is a running server. On its socket everybody is let in; over TCP a
// role needs its password, and there is no TLS. Safe for concurrent use.
type Server struct {
	Port int // on 127.0.0.1

	folder string
	cmd    *exec.Cmd
	made   atomic.Int64
}

var shared struct { //nolint:gochecknoglobals // a test binary has one server
	once   sync.Once
	server *Server
	err    error
}

// Shared returns the server of the test binary, or skips the test where
// PostgreSQL is not installed.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.once.Do(func() { shared.server, shared.err = start() })
	if errors.Is(shared.err, errMissing) {
		tb.Skip(shared.err)
	}
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return shared.server
}

// Stop ends the server of the test binary, if there is one, and removes all of
// it. It is called at the end of TestMain.
func Stop() {
	if shared.server == nil {
		return
	}
	_ = shared.server.cmd.Process.Signal(syscall.SIGQUIT)
	_ = shared.server.cmd.Wait()
	_ = os.RemoveAll(shared.server.folder)
}

// Database makes an empty database and returns its url. It is dropped when the
// test ends.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	return s.Copy(tb, "template0")
}

// Copy makes a database like another, to which nobody may be connected, and
// returns its url. It is dropped when the test ends.
func (s *Server) Copy(tb testing.TB, of string) string {
	tb.Helper()
	name := fmt.Sprint("didops_", s.made.Add(1))
	s.Exec(tb, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, of))
	tb.Cleanup(func() {
		s.Exec(tb, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name))
	})
	return s.URL(name)
}

// URL returns the url of a database, by the socket and as the superuser.
func (s *Server) URL(name string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s&port=%d", name, url.QueryEscape(s.folder), s.Port)
}

// Exec carries out a statement as the superuser.
func (s *Server) Exec(tb testing.TB, statement string) {
	tb.Helper()
	if err := s.exec(statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// exec leaves no connection behind: nobody may be connected to what is copied.
func (s *Server) exec(statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Program returns the path of a program of PostgreSQL, such as pg_dump.
func (s *Server) Program(name string) string {
	return filepath.Join(filepath.Dir(s.cmd.Path), name)
}

// Open connects to a database as the superuser, until the test ends.
func (s *Server) Open(tb testing.TB, url string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// Name returns the name of the database of a url.
func Name(tb testing.TB, of string) string {
	tb.Helper()
	u, err := url.Parse(of)
	if err != nil {
		tb.Fatal(err)
	}
	return u.Path[1:]
}

// start makes a server and waits until it lets us in.
func start() (*Server, error) {
	found, err := filepath.Glob(filepath.Join(programs, "postgres"))
	if err != nil || len(found) == 0 {
		return nil, cmp.Or(err, errMissing)
	}
	path := slices.MaxFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	folder, err := os.MkdirTemp("", "pg") // short: the path of a socket may have 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder}
	if err := s.start(path); err != nil {
		if s.cmd != nil && s.cmd.Process != nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func (s *Server) start(path string) error {
	attributes := as(-1, -1)
	if os.Getuid() == 0 { // as whom PostgreSQL refuses to run
		who, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("%w (%w)", errMissing, err)
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		if err := os.Chown(s.folder, uid, gid); err != nil {
			return err
		}
		attributes = as(uid, gid)
	}
	data := filepath.Join(s.folder, "data")
	make := exec.CommandContext(context.Background(), filepath.Join(filepath.Dir(path), "initdb"),
		"-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	make.Dir, make.SysProcAttr = s.folder, attributes
	if out, err := make.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	rules := "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return err
	}
	var err error
	if s.Port, err = freePort(); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.cmd = exec.CommandContext(context.Background(), path, "-D", data, "-k", s.folder, "-p", strconv.Itoa(s.Port),
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=500", "-c", "shared_buffers=32MB",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")
	s.cmd.Dir, s.cmd.SysProcAttr, s.cmd.Stdout, s.cmd.Stderr = s.folder, attributes, log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return s.wait()
}

// wait waits until the server lets us in.
func (s *Server) wait() error {
	var err error
	for range 300 {
		if err = s.exec("SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return fmt.Errorf("the server does not answer: %w\n%s", err, said)
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("no TCP address")
	}
	return address.Port, nil
}
