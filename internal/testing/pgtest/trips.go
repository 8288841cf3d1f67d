package pgtest

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// Trips counts how often somebody asked a server and waited for its answer. Safe for
// concurrent use.
type Trips struct{ n atomic.Int64 }

// Take returns how many there were since it was called last.
func (t *Trips) Take() int64 { return t.n.Swap(0) }

// Counted returns the URL by which the database at a URL of [Database] is reached so
// that the ways there and back are counted. It ends with the test.
func Counted(tb testing.TB, of string) (string, *Trips) {
	tb.Helper()
	u, err := url.Parse(of)
	if err != nil {
		tb.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	query := u.Query()
	server := filepath.Join(query.Get("host"), socket)
	dir, err := os.MkdirTemp("/tmp", "didops-trips") //nolint:usetesting // the path of a socket may not be long
	if err != nil {
		tb.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "unix", filepath.Join(dir, socket))
	if err != nil {
		tb.Fatal(err)
	}
	trips := &Trips{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { trips.carry(client, server) })
		}
	})
	tb.Cleanup(func() {
		_ = l.Close()
		all.Wait()
		_ = os.RemoveAll(dir)
	})
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	return u.String(), trips
}

// carry carries a connection, which whoever opened it closes. Whatever is said until
// there is an answer is one way.
func (t *Trips) carry(client net.Conn, address string) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).Dial("unix", address)
	if err != nil {
		return
	}
	var answered atomic.Bool
	answered.Store(true)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(noting{client, func() { answered.Store(true) }}, server)
		_ = client.Close()
	})
	_, _ = io.Copy(noting{server, func() {
		if answered.Swap(false) {
			t.n.Add(1)
		}
	}}, client)
	_ = server.Close()
	back.Wait()
}

// noting takes note of whatever is written.
type noting struct {
	io.Writer
	note func()
}

// Write implements [io.Writer].
func (n noting) Write(b []byte) (int, error) {
	n.note()
	return n.Writer.Write(b)
}
